"""A pass works once, also when it is shown at two tills in the same moment, or is taken back while it is shown."""

from collections.abc import Callable

import pytest
from django.db.models import QuerySet

from orders import arrivals, payments, pickup, proxies
from orders.models import Arrival, Fulfilment, HandOver, ProxyPass
from orders.models.fulfilment import FulfilmentQuerySet
from tests import factories
from tests.factories import NOON
from tests.races.crowd import at_once, constraints_off, kinds, sound

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]
TIMES = 8


@pytest.fixture
def waiting(harbour) -> Callable[[], Fulfilment]:
    """Makes a paid pickup of one mug that waits at the counter."""
    ana, mug = factories.staff(harbour), factories.stocked(harbour, 100)

    def make() -> Fulfilment:
        order = factories.order(harbour, (mug, 1))
        made = factories.ready(order, ana)
        payments.take_payment(order, [payments.Tendered("card", 1250)], store=harbour, by=ana, at=NOON)
        return made

    return make


def shown(bag: Fulfilment, proxy: ProxyPass):
    """Somebody at a counter scans the pass and presses once, on a page of their own."""
    page, text = factories.pickup_of(bag.order), proxies.qr_text(proxy)
    return lambda: pickup.hand_over(page, proof=text, by=page.picker, at=NOON)


def reasons(outcomes: list) -> dict[str, int]:
    told = ["collected" if one is None else one.verdict.reason if isinstance(one, pickup.Refused) else type(one).__name__ for one in outcomes]
    return {reason: told.count(reason) for reason in told}


def test_of_eight_who_show_the_same_pass_one_gets_the_goods(waiting, rivalries):
    for _ in range(6):
        bag = waiting()
        proxy = proxies.name_proxy(bag, name="Ben", by=None, at=NOON)
        assert reasons(at_once(*(shown(bag, proxy) for _ in range(TIMES)))) == {"collected": 1, "already_collected": 7}
    assert HandOver.objects.filter(method="proxy", proxy__used_at=NOON).count() == 6
    assert rivalries == []
    assert sound()


def test_without_the_guards_a_pass_works_again_and_again(waiting, monkeypatch):
    """The negative control: no row lock, no condition on the state or the pass, and no unique rows behind them."""
    bag = waiting()
    presses = [shown(bag, proxy) for proxy in [proxies.name_proxy(bag, name="Ben", by=None, at=NOON)] * TIMES]
    monkeypatch.setattr(FulfilmentQuerySet, "select_for_update", lambda self, **options: self.all())
    monkeypatch.setattr(FulfilmentQuerySet, "filter", lambda self, *args, state=None, **fields: QuerySet.filter(self, *args, **fields))
    monkeypatch.setattr(proxies, "use", lambda proxy, *, at: ProxyPass.objects.filter(pk=proxy.pk).update(used_at=at))
    with constraints_off("orders_handover", "loyalty_pointsentry", "stores_stocklevel"):
        assert reasons(at_once(*presses))["collected"] > 1
        assert HandOver.objects.count() > 1


def test_a_pass_that_is_taken_back_while_it_is_shown_is_one_of_both(waiting, rivalries):
    for _ in range(10):
        bag = waiting()
        proxy = proxies.name_proxy(bag, name="Ben", by=None, at=NOON)
        handed, revoked = at_once(shown(bag, proxy), lambda bag=bag: proxies.revoke_proxy(bag, by=None, at=NOON))
        assert (reasons([handed]), kinds([revoked])) in [({"collected": 1}, {"NoSuchPass": 1}), ({"taken_back": 1}, {"NoneType": 1})]
        proxy.refresh_from_db()
        assert (proxy.used_at is None) != (proxy.revoked_at is None)
    assert rivalries == []


def test_of_eight_passes_that_are_made_at_once_one_opens(waiting, rivalries):
    bag = waiting()
    assert kinds(at_once(*(lambda: proxies.name_proxy(bag, name="Ben", by=None, at=NOON) for _ in range(TIMES)))) == {"ProxyPass": 8}
    assert ProxyPass.objects.filter(fulfilment=bag, revoked_at=None).count() == 1
    assert rivalries == []


def test_of_eight_presses_of_here_one_arrival_is_written(waiting, rivalries):
    bag = waiting()
    at_once(*(lambda: arrivals.arrive(bag, by=None, at=NOON) for _ in range(TIMES)))
    assert Arrival.objects.filter(fulfilment=bag).values_list("arrived_at", "place").get() == (NOON, "counter")
    assert rivalries == []
