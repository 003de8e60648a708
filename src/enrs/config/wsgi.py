"""The WSGI application: pages and FHIR."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enrs.config.settings")
application = get_wsgi_application()
