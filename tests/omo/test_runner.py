"""The runner behind `make test`: what is missing is said, never hidden."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings

from tests import services

pytestmark = [pytest.mark.once, pytest.mark.slow]


def make_test(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run the runner with another environment."""
    command = [sys.executable, "-m", "tests", *arguments]
    return subprocess.run(command, env=os.environ | environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False, timeout=120)


def test_in_ci_a_missing_part_fails_before_any_test():
    done = make_test("--only", "browser", CHROMIUM="/nowhere/chromium", CI="true")
    assert done.returncode == 1
    assert "This machine lacks Chromium" in done.stdout
    assert "apt-get install -y chromium" in done.stdout
    assert "━━━ Chromium ━━━" not in done.stdout


def test_elsewhere_the_end_names_what_was_not_run_and_how_to_install_it():
    done = make_test("--only", "browser", "tests/browser/test_watch.py", "-k", "carries_the_session", CHROMIUM="/nowhere/chromium", CI="")
    assert "not run: tests/browser/test_watch.py::test_a_device_carries_the_session_of_its_owner (needs Chromium: apt-get install" in done.stdout
    assert "the tests that need it were not run. To run them too:\n  apt-get install -y chromium" in done.stdout
    assert done.stdout.splitlines()[-1] == "0 passed, 0 failed, 1 skipped"


def test_the_last_line_sums_the_rounds_up_and_pytest_speaks_for_itself():
    done = make_test("--only", "sqlite", "tests/omo/test_services.py", CI="")
    assert done.returncode == 0, done.stdout
    assert " passed, " in done.stdout.splitlines()[-1]
    assert " passed" in done.stdout.partition("━━━ All rounds ━━━")[0]


def test_a_temporary_postgresql_works_and_leaves_nothing():
    try:
        with services.temporary_postgresql() as url, psycopg.connect(url.replace("/omo", "/postgres")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            folder = connection.execute("SHOW data_directory").fetchone()[0]
    except services.NotHere:
        pytest.skip(f"needs {services.POSTGRESQL.name}: {services.POSTGRESQL.install}")
    assert not os.path.exists(folder)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.replace("/omo", "/postgres"), connect_timeout=2)
