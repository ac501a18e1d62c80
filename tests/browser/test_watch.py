"""The watch over the browser's pages must be able to fail."""

import http.server
import threading

import pytest

from tests import factories


@pytest.fixture
def elsewhere():
    """The address of another host, a second port of this machine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def told(page, watch, words):
    """What the watch has noted once it knows these words; at most ten seconds later."""
    for _ in range(100):
        if all(word in "\n".join(watch.found()) for word in words):
            break
        page.wait_for_timeout(100)
    return "\n".join(watch.found())


def test_the_watch_sees_errors_and_refused_content(device, watch, host):
    page = device("phone")
    page.goto("/health/")
    page.evaluate("console.error('something broke')")
    page.evaluate("setTimeout(() => { throw new Error('thrown') })")
    page.evaluate("document.body.append(Object.assign(document.createElement('img'), {src: 'http://198.51.100.7/pixel.png'}))")
    words = ("something broke", "exception: thrown", "Content Security Policy")
    found = told(page, watch, words)
    assert [word for word in words if word not in found] == []
    watch.allow(".")


def test_the_watch_sees_a_picture_from_another_host_that_no_policy_refuses(device, watch, host, elsewhere):
    page = device("phone", bypass_csp=True)
    page.goto("/health/")
    assert watch.found() == []
    page.evaluate("address => document.body.append(Object.assign(document.createElement('img'), {src: address}))", f"{elsewhere}/pixel.png")
    words = f"request to another host: {elsewhere}/pixel.png"
    assert words in told(page, watch, [words])
    watch.allow(".")


def test_the_watch_sees_that_a_page_leads_to_another_host(device, watch, elsewhere):
    page = device("phone")
    page.goto(f"{elsewhere}/away")
    words = f"request to another host: {elsewhere}/away"
    assert words in told(page, watch, [words])
    watch.allow(".")


def test_a_device_carries_the_session_of_its_owner(device, watch):
    watch.allow("Failed to load resource|refused|Content Security Policy")  # the admin's own pages are tested elsewhere
    page = device("desktop", user=factories.head_office())
    page.goto("/admin/")
    assert page.url.endswith("/admin/")
    assert page.locator("input[type=password]").count() == 0
