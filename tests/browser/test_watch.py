"""The watch over the browser's pages must be able to fail."""

from tests import factories


def test_the_watch_sees_errors_refused_content_and_other_hosts(device, watch, host):
    page = device("phone")
    page.goto("/health/")
    page.evaluate("console.error('something broke')")
    page.evaluate("setTimeout(() => { throw new Error('thrown') })")
    page.evaluate("document.body.append(Object.assign(document.createElement('img'), {src: 'http://198.51.100.7/pixel.png'}))")
    page.wait_for_timeout(300)
    found = "\n".join(watch.found())
    assert "something broke" in found
    assert "thrown" in found
    assert "Content Security Policy" in found
    watch.allow(".")


def test_a_device_carries_the_session_of_its_owner(device, watch):
    watch.allow("Failed to load resource|refused|Content Security Policy")  # the admin's own pages are tested elsewhere
    page = device("desktop", user=factories.head_office())
    page.goto("/admin/")
    assert page.url.endswith("/admin/")
    assert page.locator("input[type=password]").count() == 0
