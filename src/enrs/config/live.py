"""The ASGI application of `enrs live`, bound to this installation."""

import os

from enrs.config import secrets
from enrs.config.postgres import database_urls
from enrs.core.live.asgi import LiveApp

application = LiveApp(
    dsn=database_urls()["app"],
    key=secrets.load().live_ticket_key,
    origin=os.environ.get("ENRS_URL", "http://localhost:8000"),
)
