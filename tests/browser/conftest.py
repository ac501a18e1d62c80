"""Chromium for the tests: devices, people signed in, and a watch over every page that is opened."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from omo.models import User
from tests import services

HERE = Path(__file__).parent
SCREENSHOTS = settings.BASE_DIR / "var" / "screenshots"
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
SIZES = {"phone": (390, 844), "tablet": (1024, 768), "desktop": (1440, 900)}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Chromium, and a database that the server's threads see too."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session", autouse=True)
def playwright_beside_django() -> None:
    """Playwright runs an event loop in this thread; Django must not take its own work in the same thread for asynchronous."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    """The machine's own Chromium; nothing is downloaded."""
    return {"executable_path": services.chromium(), "args": FLAGS.split()}


class Watch:
    """Notes what a page must not do: errors in the console, refused content, requests to other hosts, exceptions."""

    def __init__(self, host: str) -> None:
        self.host, self.faults, self.allowed = host, [], []

    def allow(self, pattern: str) -> None:
        """Expect faults that match this pattern, such as the 422 of a refusal that the test provokes."""
        self.allowed.append(pattern)

    def over(self, page: Page) -> None:
        """Begin to watch a page."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: exception: {error}"))
        page.on("request", self._request)

    def found(self) -> list[str]:
        """The faults that nobody expected."""
        return [fault for fault in self.faults if not any(re.search(pattern, fault) for pattern in self.allowed)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.faults.append(f"{message.location.get('url')}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.host}/", "about:", "blob:")):
            self.faults.append(f"request to another host: {request.url}")


@pytest.fixture
def host(live_server, settings) -> str:
    """The address of the shop under test; links in labels and mails lead there too."""
    settings.SITE_URL = live_server.url
    return live_server.url


@pytest.fixture
def watch(host) -> Iterator[Watch]:
    """The watch over all pages of a test; at its end nothing unexpected may have been seen."""
    watch = Watch(host)
    yield watch
    assert watch.found() == []


OpenDevice = Callable[..., Page]


@pytest.fixture
def device(browser: Browser, host: str, watch: Watch) -> Iterator[OpenDevice]:
    """Opens a page of a new device: `device("phone", dark=True, javascript=False, user=somebody)`. Paths are relative to the shop."""
    contexts: list[BrowserContext] = []

    def open_device(size: str = "phone", *, dark: bool = False, javascript: bool = True, user: User | None = None, **more: object) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            base_url=host,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            has_touch=size != "desktop",
            reduced_motion="reduce",
            locale="en-IE",
            **more,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        if user:
            sign_in(context, user, host)
        page = context.new_page()
        watch.over(page)
        return page

    yield open_device
    for context in contexts:
        context.close()


def sign_in(context: BrowserContext, user: User, host: str) -> None:
    """Give a device the session of somebody who signed in."""
    client = Client()
    client.force_login(user)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value, "url": host}])


@pytest.fixture
def audit() -> Callable[[Page], None]:
    """Asserts that axe finds no violation of WCAG 2.2 AA, and that nothing scrolls sideways."""
    axe = Axe()

    def check(page: Page) -> None:
        results = axe.run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
        found = [
            f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
            for violation in results.response["violations"]
            for node in violation["nodes"]
        ]
        assert found == [], f"{page.url}\n" + "\n".join(found)
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, f"{page.url} scrolls sideways by {too_wide} px"

    return check


@pytest.fixture
def keep() -> Callable[[Page, str], None]:
    """Keeps a screenshot of the whole page under var/screenshots/."""

    def save(page: Page, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, caret="initial")  # hiding it would leave styles that the policy refuses

    return save
