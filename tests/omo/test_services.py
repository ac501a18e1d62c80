"""The test machinery itself: it must be able to find nothing."""

import pytest

from tests import services


def test_a_named_chromium_that_does_not_exist_is_not_found(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    assert services.chromium() is None


def test_waiting_for_what_never_comes_says_what_it_was():
    with pytest.raises(TimeoutError, match="not: the tide turns"):
        services.wait_until(lambda: False, seconds=0.1, what="the tide turns")


def test_no_redis_answers_where_none_listens():
    assert not services.redis_answers(f"redis://127.0.0.1:{services.free_port()}/0")


@pytest.mark.redis
def test_a_redis_of_our_own_answers_until_it_is_stopped():
    server = services.Redis()
    server.start()
    assert services.redis_answers(server.url)
    server.stop()
    assert not services.redis_answers(server.url)
