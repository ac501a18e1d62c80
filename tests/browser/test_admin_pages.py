"""Head office in Chromium: every page under the strict policy, for everybody's eyes, light and dark."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from loyalty.models import EarnRule
from omo.models import Message, User
from stores.models import Category, Product, Store
from tests import factories

MOST_USED = ["index", "orders.order changelist", "orders.order change", "stores.product change", "omo.message change", "loyalty.earnrule add"]
AUDITED = [
    *MOST_USED, "app_list", "password", "omo.message changelist", "stores.product changelist", "stores.store change", "stores.shelflabel change",
    "loyalty.earnrule change", "omo.user add", "omo.user change", "auth.group add", "stores.product history", "stores.product delete",
    "account.emailaddress change", "orders.promise change", "rates",
]  # fmt: skip


def office_world():
    """A small shop on a day on which something needs head office."""
    now = timezone.now()
    harbour, garden = factories.store(), factories.store("garden-street")
    Store.objects.create(code="old-town", name="Old Town", active=False)
    EarnRule.objects.create(points=1, amount=100, valid_from=now - timedelta(days=30))
    EarnRule.objects.create(points=2, amount=100, valid_from=now + timedelta(days=9))
    ana = factories.staff(harbour)
    marta = factories.member(user=factories.user(), email="marta@shop.test")
    coats = Category.objects.create(name="Coats", slug="coats")
    jacket = Product.objects.create(name="Waxed field jacket", slug="waxed-field-jacket", category=coats, brand="Pine", summary="Waxed cotton, wool lining")
    goods = [factories.stocked(harbour, 20, sku=f"JKT-{size}", product=jacket, price=12900, size=size, colour="Pine") for size in "SML"]
    factories.stocked(garden, 4)
    factories.label(harbour, goods[0])
    factories.collected(factories.order(harbour, (goods[0], 1), (goods[1], 2), owner=marta.user, at=now), ana, at=now)
    factories.ready(factories.order(harbour, (goods[1], 1), at=now - timedelta(days=6)), ana, at=now - timedelta(days=6))
    factories.order(harbour, (goods[2], 1), at=now - timedelta(days=2))
    factories.cart((goods[2], 2), place=garden)
    dead = Message.objects.order_by("id").first()
    Message.objects.filter(pk=dead.pk).update(state=Message.State.DEAD, attempts=8, last_error="SMTPServerDisconnected: Connection unexpectedly closed")
    return factories.head_office()


def address(name):
    """The address of 'index', 'app_list', 'rates', 'password', or of '<table> <page>' for the table's first row."""
    if name in ("index", "app_list"):
        return reverse(f"admin:{name}", args=["orders"] if name == "app_list" else [])
    if name == "rates":
        return reverse("admin:orders_promise_rates")
    if name == "password":
        return reverse("admin:auth_user_password_change", args=[User.objects.first().pk])
    table, page = name.split()
    model = apps.get_model(table)
    args = [] if page in ("changelist", "add") else [model._base_manager.order_by("pk").first().pk]
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def pages():
    """The address of every list, form, history and question of head office, for the first row of each table."""
    yield reverse("admin:index")
    for model, page in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        row = model._base_manager.order_by("pk").first()
        request = type("Request", (), {"user": type("Everybody", (), {"has_perm": lambda *_: True, "is_superuser": True})()})()
        if page.has_add_permission(request):
            yield reverse(f"{name}_add")
        if row is not None:
            yield reverse(f"{name}_change", args=[row.pk])
            yield reverse(f"{name}_history", args=[row.pk])
            if page.has_delete_permission(request, row):
                yield reverse(f"{name}_delete", args=[row.pk])
            if hasattr(model, "history") and row.history.exists():
                yield reverse(f"{name}_simple_history", args=[row.pk, row.history.first().pk])


def test_every_page_keeps_the_policy(device, watch):
    page = device("desktop", user=office_world())
    opened = [address for address in pages() if page.goto(address).status == 200]
    assert len(opened) > 90
    assert opened == list(pages())


@pytest.mark.parametrize(("size", "dark"), [(size, dark) for size in ("desktop", "tablet", "phone") for dark in (False, True)])
def test_head_office_can_be_used_by_everybody(device, watch, audit, keep, size, dark):
    watch.allow("Applying inline style violates")  # axe reads an imported stylesheet by writing it anew; the pages themselves are watched above
    page = device(size, dark=dark, user=office_world())
    for name in AUDITED if (size, dark) == ("desktop", False) else MOST_USED:
        assert page.goto(address(name)).status == 200
        audit(page)
        keep(page, f"admin-{name.replace('.', '-').replace(' ', '-')}-{size}{'-dark' if dark else ''}")


def test_a_product_is_made_by_hand(device, watch):
    page = device("desktop", user=office_world())
    page.goto(reverse("admin:stores_product_add"))
    page.get_by_label("Name:").press_sequentially("Storm lantern")
    expect(page.get_by_label("Slug:")).to_have_value("storm-lantern")
    page.get_by_role("combobox", name="Category").click()
    page.locator(".select2-search__field").fill("coa")
    page.get_by_role("option", name="Coats").click()
    page.get_by_text("Add another Variant").click()
    page.get_by_role("textbox", name="SKU").fill("LANTERN-1")
    page.get_by_role("textbox", name="List price").fill("-5")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Use an amount such as 12.50: digits only, with a point, without a sign.")).to_be_visible()
    page.get_by_role("textbox", name="List price").fill("34.50")
    page.get_by_role("button", name="Save", exact=True).click()
    row = page.get_by_role("row").filter(has_text="Storm lantern")
    expect(row).to_contain_text("€34.50")
    expect(row).to_contain_text("Coats")


def test_a_dead_message_is_found_from_home_and_sent_again(device, watch):
    page = device("desktop", user=office_world())
    page.goto(reverse("admin:orders_order_changelist") + "?q=marta@shop.test")
    expect(page.get_by_text("3 found")).to_be_visible()
    page.goto(reverse("admin:index"))
    page.get_by_role("link", name="1 message failed for good").click()
    page.get_by_role("link", name="Order placed").click()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("1 message will be sent again now.")).to_be_visible()
    page.goto(reverse("admin:index"))
    expect(page.get_by_text("failed for good")).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True])
def test_who_is_asked_to_sign_in_finds_a_page_for_everybody_and_comes_back(device, watch, audit, dark):
    chief = factories.head_office()
    page = device("desktop", dark=dark)
    page.goto(reverse("admin:stores_store_changelist"))
    audit(page)
    page.get_by_label("E-mail").fill(chief.email)
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile("/admin/stores/store/$"))
