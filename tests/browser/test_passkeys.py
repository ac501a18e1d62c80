"""Passkeys in a real browser, with a virtual authenticator that says yes to every question."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from tests import factories


@pytest.fixture
def marta():
    """A customer without a password."""
    person = factories.user("marta@shop.test")
    person.set_unusable_password()
    person.save()
    return person


def with_passkeys(page: Page, *, willing: bool = True) -> Page:
    """Give the device a fingerprint reader."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": willing}
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "automaticPresenceSimulation": True}})
    return page


def add(page: Page, name: str) -> None:
    page.goto("/account/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add the passkey").click()


def test_a_customer_adds_a_passkey_signs_in_with_it_renames_and_removes_it(device, marta, audit, keep, mailoutbox):
    page = with_passkeys(device("phone", user=marta))
    page.set_viewport_size({"width": 390, "height": 1600})
    page.goto("/account/")
    audit(page)
    page.goto("/accounts/2fa/webauthn/add/")
    audit(page)
    keep(page, "passkey-add-phone")
    add(page, "My phone")
    page.wait_for_url("**/account/")
    expect(page.get_by_text("Your passkey is saved.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="My phone")).to_be_visible()
    keep(page, "account-phone")
    assert [letter.subject for letter in mailoutbox] == ["A passkey was added"]
    assert Authenticator.objects.values_list("type", flat=True).get() == "webauthn"

    page.get_by_role("link", name="Sign out").last.click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/card/")
    page.goto("/account/")

    page.get_by_role("link", name="Rename My phone").click()
    page.get_by_label("Name").fill("Old phone")
    page.get_by_role("button", name="Save the name").click()
    page.wait_for_url("**/account/")
    page.get_by_role("link", name="Remove Old phone").click()
    page.get_by_role("button", name="Remove it").click()
    page.wait_for_url("**/account/")
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    assert not Authenticator.objects.exists()


def test_a_customer_with_a_passkey_still_signs_in_by_code_and_is_not_asked_for_it(device, marta, mailoutbox):
    page = with_passkeys(device("phone", user=marta))
    add(page, "My phone")
    page.wait_for_url("**/account/")
    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/account/")
    page.get_by_label("E-mail").first.fill(marta.email)
    page.get_by_role("button", name="Send me a code").click()
    code = mailoutbox[-1].subject.split()[0]
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/account/")


def test_a_device_that_gives_no_passkey_is_told_so_in_words(device, marta):
    page = with_passkeys(device("phone", user=marta), willing=False)
    add(page, "My phone")
    expect(page.get_by_role("alert")).to_contain_text("Your device gave us no passkey. Try again, or use another way.")
    assert not Authenticator.objects.exists()
