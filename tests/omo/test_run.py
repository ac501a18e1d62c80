"""`manage.py run`: one command opens the shop, and nothing is left when it ends."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from omo.process_tree import ProcessTree
from tests import services
from tests.running import Shop, parent, read

pytestmark = [pytest.mark.slow, pytest.mark.once]
ON_LINUX = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc")


@pytest.fixture(scope="module")
def state(tmp_path_factory) -> Path:
    """A state folder whose database is prepared by the first start and found by the later ones."""
    return tmp_path_factory.mktemp("run") / "state"


@pytest.fixture
def start(state) -> Iterator[Callable[..., Shop]]:
    """Starts a shop and waits until it is open."""
    shops = []

    def begin() -> Shop:
        shops.append(Shop(state))
        services.wait_until(shops[-1].open, seconds=120, what="the shop is open")
        return shops[-1]

    yield begin
    for shop in shops:
        shop.end()


@ON_LINUX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_shop_opens_and_a_stop_leaves_no_process(start, number):
    shop = start()
    services.wait_until(lambda: len(shop.parts()) >= 5, seconds=20, what="web, its workers, the Celery worker and the command itself run")
    shop.process.send_signal(number)
    assert shop.process.wait(timeout=25) == 0, shop.log.read_text()
    assert shop.parts() == set()
    assert "Stopped. Nothing is left running." in shop.log.read_text()


@pytest.mark.alone
def test_the_second_start_prepares_nothing_and_answers_within_ten_seconds(start):
    _stop(start())
    waits = []
    for _ in range(2):  # the better of two: the other may have met something else on this machine
        began = time.monotonic()
        shop = start()
        waits.append(time.monotonic() - began)
        words = _announcement(shop)
        assert f"http://127.0.0.1:{shop.port}/admin/" in words
        assert "Preparing" not in words
        assert "Loading" not in words
        _stop(shop)
    print(f"seconds to the first answer: {[round(wait, 2) for wait in waits]}")
    assert min(waits) < 10


@ON_LINUX
def test_a_killed_command_takes_its_children_with_it(start):
    shop = start()
    shop.process.kill()
    shop.process.wait()
    services.wait_until(lambda: not shop.parts(), seconds=25, what="no part of the shop runs")


@ON_LINUX
def test_a_web_server_that_dies_ends_everything_with_an_error(start):
    shop = start()
    web = next(part for part in shop.parts() if b"gunicorn" in read(Path(f"/proc/{part}/cmdline")) and parent(part) == shop.process.pid)
    os.kill(web, signal.SIGKILL)
    assert shop.process.wait(timeout=25) == 1
    assert shop.parts() == set()
    assert "web │ ended with status -9; everything stops." in shop.log.read_text()


def test_connections_that_browsers_open_in_advance_hold_nobody_up(start):
    shop = start()
    silent = [socket.create_connection(("127.0.0.1", shop.port)) for _ in range(8)]
    assert shop.open()  # gives up after five seconds; a held process would be let go after sixty
    for connection in silent:
        connection.close()


def test_a_second_shop_on_the_same_state_is_refused(start, state):
    shop = start()
    second = Shop(state, log=state.parent / "second.log")
    assert second.process.wait(timeout=30) == 1
    assert f"OMO already runs on this state folder (process {shop.process.pid})" in second.log.read_text()


def test_a_taken_port_is_said_with_the_way_out(start, state):
    shop = start()
    second = Shop(state.parent / "other", PORT=str(shop.port))
    assert second.process.wait(timeout=30) == 1
    assert f"OMO cannot listen on 127.0.0.1:{shop.port}: Address already in use." in second.log.read_text()
    assert f"make run PORT={shop.port + 1}" in second.log.read_text()


@pytest.mark.parametrize(
    ("variable", "url", "words"),
    [
        ("REDIS_URL", "redis://127.0.0.1:1/0", "Redis does not answer"),
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing", "The database does not answer"),
    ],
)
def test_an_absent_service_is_said_in_words(tmp_path, variable, url, words):
    shop = Shop(tmp_path / "state", **{variable: url})
    assert shop.process.wait(timeout=30) == 1
    assert words in shop.log.read_text()
    assert f"Check {variable}." in shop.log.read_text()
    assert "Traceback" not in shop.log.read_text()


def test_a_stubborn_program_is_killed_after_the_grace_time(monkeypatch):
    monkeypatch.setattr("omo.process_tree.GRACE_SECONDS", 0.5)
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    said = []
    commands = {"stubborn": [sys.executable, "-c", stubborn], "short": [sys.executable, "-c", "import time; time.sleep(1.5)"]}
    began = time.monotonic()
    tree = ProcessTree(commands, say=lambda name, line: said.append((name, line)))
    assert tree.run() == 1
    assert time.monotonic() - began < 10
    assert ("stubborn", "deaf") in said
    assert tree.programs["stubborn"].returncode == -signal.SIGKILL


def _stop(shop: Shop) -> None:
    shop.process.send_signal(signal.SIGINT)
    shop.process.wait(timeout=25)


def _announcement(shop: Shop) -> str:
    services.wait_until(lambda: "is open." in shop.log.read_text(), seconds=5, what="the addresses are printed")
    return shop.log.read_text()
