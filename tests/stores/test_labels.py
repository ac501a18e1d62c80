"""Shelf labels: made once, read by their signature, revoked by their version."""

import pytest

from omo import codes
from omo.models import Event
from stores import labels
from stores.labels import UnknownLabel
from stores.models import ShelfLabel
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db


def make(place, *goods, shelf: str = "B4") -> list[ShelfLabel]:
    return labels.make_labels(place, goods, shelf=shelf, by=None, at=NOON)


def test_a_label_is_made_for_each_variant_at_a_shelf():
    harbour, mug, bowl = factories.store(), factories.variant(), factories.variant()
    made = make(harbour, mug, bowl)
    assert {(label.store, label.variant, label.shelf, label.version) for label in made} == {(harbour, mug, "B4", 1), (harbour, bowl, "B4", 1)}
    assert len({label.code for label in made}) == 2
    event = Event.objects.get(kind="labels.made")
    assert (event.store, event.data) == (harbour, {"labels": 2, "shelf": "B4"})


def test_making_the_same_again_gives_the_same_labels():
    harbour, mug, bowl = factories.store(), factories.variant(), factories.variant()
    first = make(harbour, mug)
    with unchanged():
        assert make(harbour, mug) == first
    assert first[0] in make(harbour, mug, bowl)
    assert ShelfLabel.objects.count() == 2
    assert make(harbour, mug, shelf="C1") != first


def test_without_a_shelf_goods_keep_the_labels_that_they_have():
    store, mug, bowl = factories.store(), factories.variant(), factories.variant()
    held = make(store, mug, shelf="C2") + make(store, mug, shelf="D1")
    printed = make(store, mug, bowl, shelf="")
    assert {label.pk for label in held} < {label.pk for label in printed}
    assert [(label.variant, label.shelf) for label in printed if label not in held] == [(bowl, "")]
    assert ShelfLabel.objects.count() == 3


def test_a_scan_gives_the_label_with_its_store_and_product(django_assert_num_queries):
    harbour, mug = factories.store(), factories.variant()
    (made,) = make(harbour, mug)
    with django_assert_num_queries(1):
        read = labels.read(labels.signed_code(made))
        assert (read, read.store, read.variant.product) == (made, harbour, mug.product)


def test_the_qr_holds_an_address_on_our_own_host(settings):
    settings.SITE_URL = "https://shop.example"
    (made,) = make(factories.store(), factories.variant())
    address = labels.address(made)
    assert address.rstrip("/") == f"https://shop.example/q/{made.code}.{labels.signed_code(made)[11:]}"
    assert len(address) < 60


@pytest.mark.parametrize(
    "scan",
    [
        lambda made: made.code,
        lambda made: made.code + ".",
        lambda made: codes.sign("card", made.code),
        lambda made: codes.sign("label", made.code, version=2),
        lambda made: codes.sign("label", "ABCDEFGHJK"),
        lambda made: "",
        lambda made: "x" * 5000,
        lambda made: "\x00\ud800" + made.code,
    ],
)
def test_what_we_did_not_sign_for_a_label_is_unknown(scan):
    (made,) = make(factories.store(), factories.variant())
    with refused(UnknownLabel):
        labels.read(scan(made))


def test_a_revoked_label_is_unknown_and_its_new_print_works():
    harbour, ana = factories.store(), factories.staff(factories.store())
    (made,) = make(harbour, factories.variant())
    old = labels.signed_code(made)
    labels.revoke_label(made, by=ana, at=NOON)
    with pytest.raises(UnknownLabel):
        labels.read(old)
    assert labels.read(labels.signed_code(made)) == made
    event = Event.objects.get(kind="label.revoked")
    assert (event.by, event.subject, event.data) == (ana, f"label:{made.pk}", {"version": 2})


def test_two_people_who_revoke_a_label_at_once_revoke_it_once():
    (made,) = make(factories.store(), factories.variant())
    as_the_other_sees_it = ShelfLabel.objects.get(pk=made.pk)
    labels.revoke_label(made, by=None, at=NOON)
    printed_since = labels.signed_code(made)
    with unchanged():
        labels.revoke_label(as_the_other_sees_it, by=None, at=NOON)
    assert labels.read(printed_since) == made
    assert (as_the_other_sees_it.version, Event.objects.filter(kind="label.revoked").count()) == (2, 1)


@pytest.mark.parametrize("table", ["label", "store"])
def test_a_label_that_is_not_in_use_is_unknown(table):
    (made,) = make(factories.store(), factories.variant())
    row = made if table == "label" else made.store
    row.active = False
    row.save()
    with pytest.raises(UnknownLabel):
        labels.read(labels.signed_code(made))


def test_a_scan_is_counted_as_an_event_of_the_store():
    harbour, mug, marta = factories.store(), factories.variant(), factories.user()
    (made,) = make(harbour, mug)
    labels.scanned(made, by=marta, at=NOON)
    event = Event.objects.get(kind="label.scanned")
    assert (event.channel, event.store, event.by, event.subject, event.data) == ("shelf", harbour, marta, f"label:{made.pk}", {"variant": mug.pk})


def test_a_label_that_was_switched_off_is_made_again_and_its_old_prints_stay_worthless():
    harbour, mug = factories.store(), factories.variant()
    (made,) = make(harbour, mug)
    old = labels.signed_code(made)
    ShelfLabel.objects.update(active=False)
    (again,) = make(harbour, mug)
    assert (again.code, again.active, again.version) == (made.code, True, 2)
    assert labels.read(labels.signed_code(again)) == made
    with refused(UnknownLabel):
        labels.read(old)
    assert Event.objects.filter(kind="labels.made").latest("pk").data == {"labels": 1, "shelf": "B4"}
