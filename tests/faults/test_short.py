"""Every fault a few times, as `make faults` does it many times: the shop holds, and without its guards it would not."""

import re
import subprocess
import sys

import pytest
from django.conf import settings

from tests import services

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]


@pytest.fixture(scope="module")
def report() -> str:
    """What a short run of all faults prints."""
    try:
        services.postgresql_programs()
    except services.NotHere:
        pytest.skip(f"needs {services.POSTGRESQL.name}: {services.POSTGRESQL.install}")
    command = [sys.executable, "-m", "tests.faults", "--short"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False, timeout=600)
    return done.stdout + done.stderr


@pytest.mark.parametrize("code", ["R5", "R6", "R7", "R8", "R21"])
def test_the_shop_holds_and_its_control_does_not(report, code):
    section = re.search(rf"^## {code} .*?(?=^## |\Z)", report, re.M | re.S)
    assert section, report[-3000:]
    assert "| holds |" in section[0], section[0]
