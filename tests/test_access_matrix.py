"""Every address for every role. The list of addresses comes from the resolver: a new one without a row fails."""

import pytest
from django.db import transaction
from django.http import HttpResponse

from tests import addresses
from tests.access_rows import ADDED_BY_HAND, ADMIN, FACTS, ROWS
from tests.addresses import ROLES, Address, Shop

pytestmark = pytest.mark.once

OURS = addresses.ours()
OF_ADMIN = addresses.of_admin()
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def shop(db: None) -> Shop:
    """A store, its people, and an order of one customer."""
    made = Shop()
    made.furnish()
    return made


def ask(shop: Shop, role: str, method: str, path: str) -> HttpResponse:
    """One request by somebody in this role; whatever it does is taken back."""
    with transaction.atomic():
        response = shop.client(role).generic(method, path, b"", FORM)
        transaction.set_rollback(True)
    return response


def seen(response: HttpResponse) -> str:
    """The answer as a word of the table."""
    if response.status_code not in (301, 302, 303):
        return str(response.status_code)
    target = response["Location"]
    assert target.startswith("/"), target
    return "sign-in" if target.startswith("/accounts/login/?next=") else "moved"


def test_every_address_has_a_row_and_every_row_an_address():
    assert {address.name for address in OURS} == set(ROWS)
    assert {kind_of(address) for address in OF_ADMIN} <= set(ADMIN)


@pytest.mark.parametrize("address", OURS, ids=lambda address: address.name)
def test_everybody_gets_what_the_table_says(address: Address, shop: Shop):
    path = shop.path(address)
    for method, expected in zip(("GET", "POST"), ROWS[address.name], strict=True):
        answers = {role: seen(ask(shop, role, method, path)) for role in ROLES}
        assert answers == dict(zip(ROLES, expected.split(), strict=True)), method


@pytest.mark.parametrize("address", [one for one in OURS if one.arguments], ids=lambda address: address.name)
def test_what_is_not_yours_reads_as_what_does_not_exist(address: Address, shop: Shop):
    there, nowhere = shop.path(address), shop.path(address, there=False)
    for method, expected in zip(("GET", "POST"), ROWS[address.name], strict=True):
        for role, word in zip(ROLES, expected.split(), strict=True):
            if word == "404":
                theirs, missing = ask(shop, role, method, there), ask(shop, role, method, nowhere)
                assert missing.status_code == 404
                assert theirs.content == missing.content, (method, role)
                assert theirs.headers == missing.headers, (method, role)


@pytest.mark.parametrize("role", ["customer", "other customer", "staff", "staff elsewhere", "anonymous"])
def test_admin_is_head_offices_alone(role: str, shop: Shop):
    for address in OF_ADMIN:
        if kind_of(address) in ("login", "logout"):
            continue
        path = shop.path(address)
        for method in ("GET", "POST"):
            response = ask(shop, role, method, path)
            assert response.status_code == 302, (address.name, method)
            assert response["Location"].startswith("/admin/login/?next="), (address.name, method)
    expected = "sign-in" if role == "anonymous" else "403"
    assert seen(ask(shop, role, "GET", "/admin/login/?next=/admin/")) == expected


def test_head_office_gets_every_page_of_admin_and_changes_no_facts(shop: Shop):
    for address in OF_ADMIN:
        path = shop.path(address)
        for method, allowed in zip(("GET", "POST"), ADMIN[kind_of(address)], strict=True):
            answer = seen(ask(shop, "head office", method, path))
            assert answer in words_for(address, path, allowed), (address.name, method, answer)


def words_for(address: Address, path: str, allowed: str) -> list[str]:
    """The answers that the table allows on a page of admin."""
    kind, table = kind_of(address), table_of(address)
    if (kind == "add" and table not in ADDED_BY_HAND) or (kind == "delete" and table in FACTS):
        return ["403"]
    return [*allowed.split(), *(["moved", "403"] if "/0/" in path else [])]


def kind_of(address: Address) -> str:
    """The kind of an admin page, whatever its table: 'changelist', 'add' and so on."""
    name = address.name.removeprefix("admin:")
    return next((kind for kind in ADMIN if name == kind or name.endswith(f"_{kind}")), name)


def table_of(address: Address) -> str:
    """The table that an admin page is about."""
    return [*address.route.split("/"), "", ""][2]
