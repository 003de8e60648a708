"""The WSGI application: pages and FHIR."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enrs.config.settings")
application = get_wsgi_application()

# What the first request would import, so that nobody waits for it; then none of it is looked at again
# by the collector, which otherwise stops the process now and then to walk over all of it.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 25, 25)
