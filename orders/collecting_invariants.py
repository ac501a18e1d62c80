"""The promises of collecting: a pass is used once, by a hand-over, and nobody waits for goods that went out."""

from collections.abc import Iterator

from django.db.models import F, Q

from omo.invariants import Violation
from orders.models import Arrival, Fulfilment, HandOver, ProxyPass

HAS_PASS = Q(proxy__isnull=False)


def violations() -> Iterator[Violation]:
    """Every pass and arrival that disagrees with its pickup."""
    yield from _passes()
    yield from _hand_overs()
    yield from _arrivals()


def _passes() -> Iterator[Violation]:
    shown = HandOver.objects.filter(HAS_PASS).values("proxy")
    for proxy in ProxyPass.objects.filter(used_at__isnull=False).exclude(pk__in=shown):
        yield Violation("a pass is used by a hand-over", f"pass {proxy.pk}", proxy.used_at, None)
    for proxy in ProxyPass.objects.filter(used_at__isnull=False, revoked_at__isnull=False):
        yield Violation("a pass that was taken back is not used", f"pass {proxy.pk}", proxy.used_at, None)


def _hand_overs() -> Iterator[Violation]:
    by_pass = Q(method=HandOver.Method.PROXY)
    wrong = (HAS_PASS & ~by_pass) | (~HAS_PASS & by_pass) | (HAS_PASS & (~Q(proxy__fulfilment=F("fulfilment")) | Q(proxy__used_at=None)))
    for handed in HandOver.objects.filter(wrong):
        yield Violation("a hand-over by pass names a pass of its pickup, which is used", f"fulfilment {handed.fulfilment_id}", handed.method, handed.proxy_id)


def _arrivals() -> Iterator[Violation]:
    collected = Q(fulfilment__state=Fulfilment.State.COLLECTED)
    for arrival in Arrival.objects.filter((collected & Q(served_at=None)) | (~collected & Q(served_at__isnull=False))).select_related("fulfilment"):
        yield Violation("who waits is served with the hand-over", f"fulfilment {arrival.fulfilment_id}", arrival.fulfilment.state, arrival.served_at)
