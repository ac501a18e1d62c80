"""Another person collects: the customer names them and gets a pass, which opens the pickup once and can be taken back."""

from datetime import datetime

from omo import codes
from omo.acts import act, drawing
from omo.models import User
from orders import log, queue
from orders.models import Fulfilment, ProxyPass

PURPOSE = "proxy"
PAGE = "proxy_page"


class NothingToCollect(Exception):
    """The fulfilment is no open pickup."""


class NoSuchPass(Exception):
    """The pass was used or taken back before, or there is none."""


@act
def name_proxy(pickup: Fulfilment, *, name: str, by: User | None, at: datetime) -> ProxyPass:
    """Let `name` collect, with a pass of their own; a pass that another person had is worth nothing any more. Raises NothingToCollect."""
    held = _open_pickup(pickup.pk)
    _revoke(held, at)
    with drawing():
        made = ProxyPass.objects.create(fulfilment=held, name=name, public_id=codes.random_id(), made_at=at)
    log.record("proxy.named", held, by=by, at=at, name=name)
    queue.raise_version(held.store_id)
    return made


@act
def revoke_proxy(pickup: Fulfilment, *, by: User | None, at: datetime) -> None:
    """Nobody but the customer collects. Raises NoSuchPass if nobody else could."""
    held = Fulfilment.objects.select_for_update(no_key=True).select_related("order").get(pk=pickup.pk)
    if not _revoke(held, at):
        raise NoSuchPass(pickup.pk)
    log.record("proxy.revoked", held, by=by, at=at)
    queue.raise_version(held.store_id)


@act
def use(proxy: ProxyPass, *, at: datetime) -> None:
    """The pass was shown and the goods went out: it is worth nothing any more. In the hand-over's transaction. Raises NoSuchPass."""
    if not ProxyPass.objects.filter(pk=proxy.pk, revoked_at=None, used_at=None).update(used_at=at):
        raise NoSuchPass(proxy.pk)


def of_pickup(pickup: Fulfilment) -> ProxyPass | None:
    """The pass that opens a pickup now; None if only the customer collects."""
    return ProxyPass.objects.filter(fulfilment=pickup, revoked_at=None, used_at=None).first()


def former_name(pickup: Fulfilment) -> str:
    """Who could collect last, before the pass was taken back, so that they can be named again; '' if nobody could."""
    return ProxyPass.objects.filter(fulfilment=pickup).order_by("id").values_list("name", flat=True).last() or ""


def shown(pickup: Fulfilment, text: str) -> ProxyPass | None:
    """The pass of this pickup whose QR was scanned, also one that is worth nothing any more; None if the text is none of it."""
    found = find_by_qr(text)
    return found if found and found.fulfilment_id == pickup.pk else None


def page_token(proxy: ProxyPass) -> str:
    """The 128-bit secret in the address of the pass's own page."""
    return codes.link_token(PAGE, proxy.public_id)


def of_page(public_id: str, token: str) -> ProxyPass | None:
    """The pass whose page has this address, also one that is worth nothing any more; None if there is none."""
    if not codes.link_opens(PAGE, public_id, token):
        return None
    return ProxyPass.objects.select_related("fulfilment__order").filter(public_id=public_id).first()


def qr_text(proxy: ProxyPass) -> str:
    """What the pass's QR says: '<public id>.<signature>'."""
    return codes.sign(PURPOSE, proxy.public_id)


def find_by_qr(text: str) -> ProxyPass | None:
    """The pass of a scanned QR, also one that is worth nothing any more; None if we did not sign it."""
    if not codes.verified(PURPOSE, text):
        return None
    return ProxyPass.objects.select_related("fulfilment__order", "fulfilment__store").filter(public_id=codes.signed_id(text)).first()


def _open_pickup(pickup_id: int) -> Fulfilment:
    held = Fulfilment.objects.select_for_update(of=("self",), no_key=True).select_related("order").get(pk=pickup_id)
    if held.kind != Fulfilment.Kind.PICKUP or held.state not in Fulfilment.OPEN:
        raise NothingToCollect(pickup_id)
    return held


def _revoke(pickup: Fulfilment, at: datetime) -> int:
    return ProxyPass.objects.filter(fulfilment=pickup, revoked_at=None, used_at=None).update(revoked_at=at)
