"""The WSGI application that the web server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omo.settings")

application = get_wsgi_application()

# What is loaded by now lives as long as the process: the collector need not look through it again and again. Requests leave few cycles behind.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 10, 10)
