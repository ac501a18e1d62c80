"""What the log of the shop holds: faults, and not every answer."""

import logging
from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.utils.log import log_response


@pytest.fixture
def log() -> Iterator[list[str]]:
    """What Django writes to the console."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logging.getLogger("django").addHandler(handler)
    yield lines
    logging.getLogger("django").removeHandler(handler)


@pytest.mark.django_db
def test_an_address_that_is_not_there_is_no_line_in_the_log(client, log):
    assert client.get("/nowhere/").status_code == 404
    assert log == []


def test_a_fault_of_the_shop_is_a_line_in_the_log(rf, log):
    log_response("%s: %s", "Internal Server Error", "/", response=HttpResponse(status=500), request=rf.get("/"))
    assert log == ["Internal Server Error: /"]
