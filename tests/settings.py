"""Settings of the tests: OMO's own, cut off from the developer's environment, on throw-away state and with fast parts where it is harmless."""

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
KEPT = {"OMO_STATE_DIR", "TEST_DATABASE_URL", "TEST_REDIS_URL", "CHROMIUM", "CASES_DIR", "COMPLETE_JOURNEY_DIR"}
KNOWN = set(re.findall(r"(?m)^#?([A-Z][A-Z_]+)=", (BASE_DIR / ".env.example").read_text()))

for name in KNOWN - KEPT:
    os.environ.pop(name, None)
if not os.environ.get("OMO_STATE_DIR"):
    os.environ["OMO_STATE_DIR"] = tempfile.mkdtemp(prefix="omo-test-")
    atexit.register(shutil.rmtree, os.environ["OMO_STATE_DIR"], ignore_errors=True)
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
environ.Env.read_env = staticmethod(lambda *paths, **options: None)  # a developer's .env is not for the tests

from omo.settings import *  # noqa: E402, F403 - the environment must be set before
from omo.settings import CACHES, DATABASES, LOGGING, STATE_DIR  # noqa: E402

os.environ.pop("DATABASE_URL", None)

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    DATABASES["default"]["TEST"] = {"NAME": str(STATE_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0  # threads of a test must not keep the database busy after it
    # A race shows in what comes out, not in how long a slow machine lets rivals wait. The last word counts; deadlocks are still found after a second.
    # What a test writes need not survive a crash of the server (tests/faults has servers of its own, which do).
    DATABASES["default"]["OPTIONS"]["options"] += " -c lock_timeout=30s -c statement_timeout=60s -c synchronous_commit=off"

CACHES = {name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name} for name in CACHES}
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True  # no scan of all static files for every test client
LOGGING["loggers"]["omo"]["propagate"] = True  # so that a test can read what was logged
