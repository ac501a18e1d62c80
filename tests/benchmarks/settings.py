"""OMO's settings as in production, without TLS, with the anchors' addresses beside the shop's own."""

from omo.settings import *  # noqa: F403
from omo.settings import CACHES

DEBUG = False
ROOT_URLCONF = "tests.benchmarks.urls"
SECURE_SSL_REDIRECT = False
STAFF_MFA_REQUIRED = False
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
