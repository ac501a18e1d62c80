"""Shelf labels: making them, their addresses, and reading a scan."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import F
from django.urls import reverse

from omo import codes, events
from omo.acts import act
from omo.models import User
from stores.models import ShelfLabel, Store, Variant

PURPOSE = "label"


class UnknownLabel(Exception):
    """The code is not that of a label we print: unknown, forged or revoked."""


@act
def make_labels(store: Store, variants: Iterable[Variant], *, shelf: str = "", by: User | None, at: datetime) -> list[ShelfLabel]:
    """The labels of the variants at a shelf of the store, made where there are none yet. Making the same again gives the same labels.

    Without a shelf, a variant keeps the labels that it has, wherever they are; only one that has none gets one that names no shelf.
    One that was switched off is switched on again under a new signature, so that its old prints stay worthless.
    """
    wanted = list(variants)
    here = ShelfLabel.objects.filter(store=store, variant__in=wanted, **({"shelf": shelf} if shelf else {}))
    labelled = set(here.filter(active=True).values_list("variant_id", flat=True))
    lacking = [variant for variant in wanted if variant.pk not in labelled]
    off = ShelfLabel.objects.filter(store=store, variant__in=lacking, shelf=shelf, active=False)
    again = off.update(active=True, version=F("version") + 1)
    existing = set(here.filter(active=True).values_list("variant_id", flat=True))
    new = [ShelfLabel(code=codes.random_id(), store=store, variant=variant, shelf=shelf, created_at=at) for variant in wanted if variant.pk not in existing]
    ShelfLabel.objects.bulk_create(new, ignore_conflicts=True)  # a colleague may print the same sheet
    if new or again:
        events.record("labels.made", at=at, by=by, store_id=store.pk, data={"labels": len(new) + again, "shelf": shelf})
    return list(here.filter(active=True).select_related("variant__product"))


@act
def revoke_label(label: ShelfLabel, *, by: User | None, at: datetime) -> None:
    """Make every print of the label, as it was read, worthless: for a stolen or re-stickered one. A new print works.

    Who read it before somebody else revoked it revokes nothing more, so that two presses at once do not spoil what was printed in between.
    """
    here = ShelfLabel.objects.filter(pk=label.pk, version=label.version).update(version=F("version") + 1)
    label.refresh_from_db(fields=["version"])
    if not here:
        return
    events.record("label.revoked", at=at, by=by, store_id=label.store_id, subject=f"label:{label.pk}", data={"version": label.version})


def signed_code(label: ShelfLabel) -> str:
    """What follows /q/ on the label: '<code>.<signature>'."""
    return codes.sign(PURPOSE, label.code, version=label.version)


def address(label: ShelfLabel) -> str:
    """The URL in the label's QR, on our own host."""
    return settings.SITE_URL + reverse("scan_label", args=[signed_code(label)])


def read(text: str) -> ShelfLabel:
    """The label of a signed code, with its store, variant and product. Raises UnknownLabel."""
    label = ShelfLabel.objects.select_related("store", "variant__product").filter(code=codes.signed_id(text), active=True, store__active=True).first()
    if label is None or not codes.verified(PURPOSE, text, version=label.version):
        raise UnknownLabel
    return label


def scanned(label: ShelfLabel, *, at: datetime, by: User | None) -> None:
    """Count a scan of a label, as an event of its store."""
    events.record("label.scanned", at=at, by=by, channel="shelf", store_id=label.store_id, subject=f"label:{label.pk}", data={"variant": label.variant_id})
