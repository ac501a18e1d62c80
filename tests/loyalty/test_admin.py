"""Head office's pages of the person: members keep their facts, and earn rules keep history's meaning."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from loyalty import ledger
from loyalty.models import EarnRule, Member, PointsEntry
from omo.models import Event
from tests import factories
from tests.factories import NOON
from tests.office import errors, filled, url

pytestmark = pytest.mark.django_db
PAST = "A rule starts now or later: what was bought before keeps the points of the rule of its time."


@pytest.fixture(autouse=True)
def clock():
    """The clock stands at noon, so that a day means the same day all through a test."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def office(client):
    """The browser of somebody of head office with every right."""
    client.force_login(factories.head_office())
    return client


@pytest.fixture(autouse=True)
def no_rules():
    """Without the rule that a new shop begins with."""
    EarnRule.objects.all().delete()


def start(moment):
    return {"valid_from_0": f"{moment:%Y-%m-%d}", "valid_from_1": f"{moment:%H:%M:%S}"}


def midnight(days):
    return NOON.replace(hour=0) + timedelta(days=days)


def test_a_rule_is_typed_in_euros_and_read_as_a_sentence(office):
    typed = {"points": "1", "amount": "1.00", "valid_from_0": "2026-12-04", "valid_from_1": "00:00:00"}
    assert filled(office, url(EarnRule, "add"), **typed).status_code == 302
    rule = EarnRule.objects.get()
    assert (rule.points, rule.amount, rule.valid_from) == (1, 100, datetime(2026, 12, 4, tzinfo=UTC))
    for page in (url(EarnRule), url(EarnRule, "change", rule.pk)):
        assert "1 point for every €1.00 from 4 Dec 2026" in office.get(page).text
        assert "a purchase of €2.50 earns 2" in office.get(page).text
        assert "Starts later" in office.get(page).text


def test_a_rule_without_a_start_begins_now_and_takes_over(office):
    EarnRule.objects.create(points=1, amount=100, valid_from=midnight(-9))
    assert filled(office, url(EarnRule, "add"), points="2", amount="1").status_code == 302
    rule = ledger.rule_at(NOON)
    assert (rule.points, rule.amount, rule.valid_from) == (2, 100, NOON)
    page = office.get(url(EarnRule)).text
    assert ("In force" in page, "Over" in page) == (True, True)


def test_a_start_of_a_moment_ago_means_now_and_one_of_an_hour_ago_is_refused(office):
    assert errors(filled(office, url(EarnRule, "add"), points="1", amount="1", **start(NOON - timedelta(hours=1)))) == {"valid_from": [PAST]}
    assert not EarnRule.objects.exists()
    assert filled(office, url(EarnRule, "add"), points="1", amount="1", **start(NOON - timedelta(minutes=5))).status_code == 302
    assert EarnRule.objects.get().valid_from == NOON


@pytest.mark.parametrize(
    ("typed", "refused"),
    [
        ({"points": "0"}, {"points": ["Ensure this value is greater than or equal to 1."]}),
        ({"points": "10001"}, {"points": ["Ensure this value is less than or equal to 10000."]}),
        ({"points": "1.5"}, {"points": ["Enter a whole number."]}),
        ({"amount": "0"}, {"amount": ["Ensure this value is greater than or equal to 1."]}),
        ({"amount": "-1"}, {"amount": ["Use an amount such as 12.50: digits only, with a point, without a sign."]}),
        ({"valid_from_0": "2026-02-30", "valid_from_1": "10:00"}, {"valid_from": ["Enter a valid date."]}),
    ],
)
def test_a_rule_that_is_wrong_is_refused_beside_the_field(office, typed, refused):
    assert errors(filled(office, url(EarnRule, "add"), **({"points": "1", "amount": "1"} | typed))) == refused
    assert not EarnRule.objects.exists()


def test_a_rule_that_has_been_in_force_is_history(office):
    over, now_in_force = (EarnRule.objects.create(points=1, amount=100, valid_from=midnight(-days)) for days in (20, 3))
    for rule in (over, now_in_force):
        assert office.post(url(EarnRule, "change", rule.pk), {"points": "9", "amount": "1"}).status_code == 403
        assert office.post(url(EarnRule, "delete", rule.pk), {"post": "yes"}).status_code == 403
    office.post(url(EarnRule), {"action": "delete_selected", "_selected_action": [over.pk, now_in_force.pk], "post": "yes"})
    assert list(EarnRule.objects.values_list("points", flat=True)) == [1, 1]


def test_a_rule_in_force_is_not_changed_by_going_back_to_a_version_that_was_to_come(office):
    rule = EarnRule.objects.create(points=5, amount=100, valid_from=midnight(5))
    EarnRule.objects.filter(pk=rule.pk).update(points=1, valid_from=midnight(-1))
    page = url(EarnRule, "simple_history", rule.pk, rule.history.get().pk)
    assert office.post(page, {"points": "5", "amount": "1.00", **start(midnight(5))}).status_code == 403
    rule.refresh_from_db()
    assert (rule.points, rule.valid_from) == (1, midnight(-1))


def test_a_rule_to_come_can_be_changed_and_deleted(office):
    rule = EarnRule.objects.create(points=1, amount=100, valid_from=midnight(5))
    assert filled(office, url(EarnRule, "change", rule.pk), amount="2.00", **start(midnight(6))).status_code == 302
    rule.refresh_from_db()
    assert (rule.amount, rule.valid_from) == (200, midnight(6))
    assert office.post(url(EarnRule, "delete", rule.pk), {"post": "yes"}).status_code == 302
    assert not EarnRule.objects.exists()


def test_a_member_is_corrected_and_switched_off_without_touching_points_earned_meanwhile(office, monkeypatch):
    EarnRule.objects.create(points=1, amount=100, valid_from=factories.NOON)
    member = factories.member(email="marta@shop.test")
    real = Member.full_clean

    def clean_while_points_arrive(self, *args, **kwargs):
        ledger.accrue(member, 4200, source="fulfilment:1", order_id=None, store_id=None, channel="till", by=None, at=factories.NOON)
        real(self, *args, **kwargs)

    monkeypatch.setattr(Member, "full_clean", clean_while_points_arrive)
    data = {"name": "Marta L.", "email": "MARTA@new.test", "number": "6000000000", "balance": "99999"}
    assert office.post(url(Member, "change", member.pk), data).status_code == 302
    after = Member.objects.get()
    assert (after.name, after.email, after.active) == ("Marta L.", "marta@new.test", False)
    assert (after.number, after.balance) == (member.number, 42)
    event = Event.objects.get(kind="office.changed")
    assert (event.member, event.by.name) == (member, "Ines Head")


def test_a_member_cannot_take_another_members_address(office):
    factories.member(email="marta@shop.test")
    other = factories.member(email="lena@shop.test")
    answer = filled(office, url(Member, "change", other.pk), email="Marta@shop.test")
    assert errors(answer) == {"email": ["Another member has this e-mail address."]}
    other.refresh_from_db()
    assert other.email == "lena@shop.test"


def test_several_members_have_no_reference(office):
    first, second = factories.member(), factories.member()
    for member in (first, second):
        assert filled(office, url(Member, "change", member.pk), name="Marta").status_code == 302
    assert list(Member.objects.values_list("reference", flat=True)) == [None, None]


def test_members_are_neither_made_nor_deleted_by_hand(office):
    member = factories.member()
    assert office.post(url(Member, "add"), {"name": "Ghost"}).status_code == 403
    assert office.post(url(Member, "delete", member.pk), {"post": "yes"}).status_code == 403
    assert Member.objects.get() == member


def test_a_member_is_found_by_the_number_on_the_card(office):
    member, _other = factories.member(), factories.member(name="Lena")
    for typed in (member.number_words, member.number):
        assert list(office.get(url(Member), {"q": typed}).context["cl"].result_list) == [member]


def test_points_are_shown_with_their_sign_and_cause(office):
    EarnRule.objects.create(points=1, amount=100, valid_from=factories.NOON)
    ledger.accrue(factories.member(), 4200, source="fulfilment:7", order_id=None, store_id=None, channel="till", by=None, at=factories.NOON)
    page = office.get(url(PointsEntry)).text
    for words in ("+42", "Earned", "fulfilment:7", "24 Nov 2026, 12:00"):
        assert words in page
