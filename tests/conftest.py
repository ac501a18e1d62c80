"""What every test shares: a clean cache, and words for tests whose service is not there."""

import os
import shutil
from collections.abc import Iterator

import hypothesis
import pytest
from django.core.cache import caches
from django.db import connection

from omo import kept, memory
from omo.models import User
from stores.models import Store
from tests import factories, report, services

pytest_plugins = ["tests.worker", "tests.waiting"]
ALONE = {"races", "broker", "faults"}  # folders whose tests measure rivalry or wait for other processes


hypothesis.settings.register_profile("omo", deadline=None, derandomize=True)  # a busy machine is no fault, and a run can be repeated
hypothesis.settings.load_profile("omo")


def pytest_configure(config: pytest.Config) -> None:
    """Hand the results to the runner of `make test`, if it asked for them."""
    if os.environ.get("OMO_TEST_REPORT"):
        config.pluginmanager.register(report.Report(os.environ["OMO_TEST_REPORT"]))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what wants the machine for itself; skip, and say why, what needs a service that this run does not have."""
    lacking = {
        "postgresql": connection.vendor != "postgresql" and services.POSTGRESQL,
        "redis": not services.has_redis() and services.REDIS,
        "browser": not services.chromium() and services.CHROMIUM,
        "poppler": not shutil.which("pdftoppm") and services.POPPLER,
    }
    for item in items:
        if ALONE & set(item.path.parts):
            item.add_marker(pytest.mark.alone)
        for marker, part in lacking.items():
            if part and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"needs {part.name}: {part.install}"))


@pytest.fixture(autouse=True)
def clean_cache() -> Iterator[None]:
    """No test sees another one's cache, in which rate limits are counted."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    memory.forget()
    kept.forget()
    for cache in caches.all():
        cache.clear()


@pytest.fixture
def harbour() -> Store:
    """A store, open 9 to 19."""
    return factories.store()


@pytest.fixture
def ana(harbour: Store) -> User:
    """Somebody who works there."""
    return factories.staff(harbour)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The Redis of this run: TEST_REDIS_URL, else one started for it."""
    if os.environ.get("TEST_REDIS_URL"):
        yield os.environ["TEST_REDIS_URL"]
        return
    with services.redis_for_tests() as url:
        yield url
