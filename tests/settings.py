"""Settings of the test run: the embedded server, the owner's connection lowered to the application's role."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["ENRS_MODE"] = "test"
os.environ["ENRS_ROLE"] = "owner"

from dataclasses import replace

from enrs.config.postgres import Cluster

Cluster().start()

from enrs.config.settings import *

DATABASE_ROLE = "enrs_app"
DATA_DIR = Path(tempfile.mkdtemp(prefix="enrs-test-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir()
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
DATABASES["default"]["TEST"] = {"NAME": "enrs_test"}

# People of the tests often share their traits: only those of identity let a likeness link them.
REGION = replace(REGION, links_by_score=False)

# Nobody answers there: a publication may be asked, and waits. The tests that send have a stand-in of their own.
NATIONAL_RECORD_STAND_IN = "http://127.0.0.1:9/dmp/fhir"
