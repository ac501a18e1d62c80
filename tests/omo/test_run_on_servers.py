"""`manage.py run` on PostgreSQL and Redis, as the demo and as a production."""

import signal
import urllib.error
import urllib.request
from collections.abc import Iterator

import psycopg
import pytest
import redis

from tests import services
from tests.omo.test_settings import SAFE
from tests.running import Shop
from tests.worker import database_url

pytestmark = [pytest.mark.slow, pytest.mark.postgresql, pytest.mark.redis]


@pytest.fixture
def empty_database(db) -> Iterator[str]:
    """The address of a new, empty database on the server of this run."""
    server, name = database_url().rpartition("/")[0], f"omo_run_{services.free_port()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"{server}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("mode", ["demo", "production"])
def test_the_shop_opens_on_postgresql_and_redis_and_stops_cleanly(tmp_path, empty_database, redis_url, mode):
    environment = {**SAFE, "ALLOWED_HOSTS": "127.0.0.1"} if mode == "production" else {}
    shop = Shop(tmp_path / "state", **environment | {"OMO_MODE": mode, "DATABASE_URL": empty_database, "REDIS_URL": redis_url})
    try:
        services.wait_until(shop.open, seconds=120, what="the shop is open")
        with redis.Redis.from_url(redis_url) as broker:
            services.wait_until(lambda: broker.exists("_kombu.binding.celery"), seconds=20, what="the worker listens to Redis")
        with psycopg.connect(empty_database) as connection:
            assert connection.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)
        shop.process.send_signal(signal.SIGINT)
        assert shop.process.wait(timeout=25) == 0, shop.log.read_text()
        assert shop.parts() == set()
    finally:
        shop.end()


def test_production_sends_people_to_https(tmp_path, empty_database, redis_url):
    shop = Shop(tmp_path / "state", **SAFE | {"ALLOWED_HOSTS": "127.0.0.1", "DATABASE_URL": empty_database, "REDIS_URL": redis_url})
    try:
        services.wait_until(shop.open, seconds=120, what="the shop is open")
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.build_opener(_Stay).open(f"http://127.0.0.1:{shop.port}/")
        assert answer.value.code == 301
        assert answer.value.headers["Location"].startswith("https://")
    finally:
        shop.end()


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *arguments: object) -> None:
        return None
