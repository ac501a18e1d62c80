"""The foundation: settings, and the words that every app needs."""

from omo.celery import app as celery_app

__all__ = ["celery_app"]
