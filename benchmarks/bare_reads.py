"""The floor of the FHIR bench: the same server reading the same bodies with no token, access or journal."""

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg

READ = "select body from fhir_resource where type = %s and id = %s and is_current"
_own = threading.local()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """`/Type/id`: one indexed read on this thread's connection."""
    connection = getattr(_own, "connection", None)
    if connection is None:
        connection = _own.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    kind, identifier = environ["PATH_INFO"].strip("/").split("/")[-2:]
    row = connection.execute(READ, [kind, identifier], prepare=True).fetchone()
    body = row[0].encode() if row else b""
    start_response(
        "200 OK", [("Content-Type", "application/fhir+json"), ("Content-Length", str(len(body)))]
    )
    return [body]
