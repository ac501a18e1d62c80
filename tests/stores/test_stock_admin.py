"""Head office's pages of stock: rules that apply at once, limits, reasons, and levels that somebody should look at."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from omo import memory
from omo.models import Event
from stores import adjustments, confidence, holds, kept_back, needs
from stores.admin import kept_back as rules_admin
from stores.models import Category, Hold, KeptBack, Product, SafetyStock, StockLevel, StockPolicy, StockReason
from tests import factories
from tests.factories import NOON
from tests.office import errors, filled, url
from tests.unchanged import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief():
    """Somebody of head office with every right."""
    return factories.head_office()


@pytest.fixture
def office(client, chief):
    """Their browser."""
    client.force_login(chief)
    return client


def said(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def safety(*variants) -> list[int]:
    levels = dict(StockLevel.objects.values_list("variant", "safety_stock"))
    return [levels[variant.pk] for variant in variants]


def sent(office, address, **typed):
    """The page after a form was sent."""
    answer = filled(office, address, **typed)
    assert answer.status_code == 302, errors(answer)
    return office.get(answer["Location"])


# Rules


def test_a_rule_applies_when_it_is_made_changed_and_deleted_and_the_page_says_to_how_many(office, chief, harbour):
    mug, bowl = factories.stocked(harbour, 9), factories.stocked(harbour, 9)
    page = sent(office, url(SafetyStock, "add"), store=harbour.pk, units="2")
    assert said(page)[0] == "2 stock levels have another safety stock now."
    assert safety(mug, bowl) == [2, 2]
    rule = SafetyStock.objects.get()
    page = sent(office, url(SafetyStock, "change", rule.pk), variant=mug.pk, units="4")
    assert said(page)[0] == "2 stock levels have another safety stock now."
    assert safety(mug, bowl) == [4, 0]
    page = office.post(url(SafetyStock, "delete", rule.pk), {"post": "yes"}, follow=True)
    assert said(page)[0] == "1 stock level has another safety stock now."
    assert safety(mug, bowl) == [0, 0]
    assert list(KeptBack.objects.filter(level__variant=mug).order_by("id").values_list("safety_stock", "by")) == [(2, chief.pk), (4, chief.pk), (0, chief.pk)]


def test_a_rule_that_changes_no_level_says_so(office, harbour):
    mug = factories.stocked(harbour, 9)
    sent(office, url(SafetyStock, "add"), store=harbour.pk, variant=mug.pk, units="2")
    page = sent(office, url(SafetyStock, "add"), category=mug.product.category_id, units="5")
    assert said(page)[0] == "No stock level changed: they have this safety stock already, or a more specific rule holds."


@pytest.mark.parametrize(("most", "rest", "left"), [(5_000, "", [0, 0, 0]), (2, " The rest follows within minutes.", [0, 0, 2])])
def test_many_rules_are_deleted_together_and_only_so_many_levels_change_at_once(office, harbour, monkeypatch, most, rest, left):
    goods = [factories.stocked(harbour, 9) for _ in range(3)]
    for variant in goods:
        sent(office, url(SafetyStock, "add"), store=harbour.pk, variant=variant.pk, units="2")
    monkeypatch.setattr(rules_admin, "MOST_AT_ONCE", most)
    chosen = list(SafetyStock.objects.values_list("pk", flat=True))
    page = office.post(url(SafetyStock), {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}, follow=True)
    assert f"{3 - left.count(2)} stock levels have another safety stock now.{rest}" in said(page)
    assert sorted(safety(*goods)) == left


@pytest.mark.parametrize(
    ("typed", "refused"),
    [
        ({}, {"store": ["Choose a store, or a category. Everywhere else the stock policy says how many are kept back."]}),
        ({"variant": "mug"}, {"store": ["Choose the store at which this is kept of the goods."]}),
        ({"store": "store", "category": "home"}, {"category": ["A rule is about a store or about a category. Leave one of them empty."]}),
        ({"variant": "mug", "category": "home"}, {"category": ["A rule is about a store or about a category. Leave one of them empty."]}),
        ({"store": "store"}, {"store": ["There is a rule for this already: 1 units. Change that one."]}),
        ({"store": "store", "variant": "mug"}, {"variant": ["There is a rule for this already: 2 units. Change that one."]}),
        ({"category": "home"}, {"category": ["There is a rule for this already: 3 units. Change that one."]}),
        ({"store": "store", "units": "-1"}, {"units": ["Ensure this value is greater than or equal to 0."]}),
        ({"store": "store", "units": "10001"}, {"units": ["Ensure this value is less than or equal to 10000."]}),
    ],
)
def test_a_rule_that_is_wrong_is_refused_beside_the_field_and_changes_nothing(office, harbour, typed, refused):
    mug = factories.stocked(harbour, 9)
    rows = {"store": harbour.pk, "mug": mug.pk, "home": mug.product.category_id}
    SafetyStock.objects.create(store=harbour, units=1)
    SafetyStock.objects.create(store=harbour, variant=mug, units=2)
    SafetyStock.objects.create(category=mug.product.category, units=3)
    before = everything()
    answer = filled(office, url(SafetyStock, "add"), **({"units": "5"} | {name: str(rows.get(value, value)) for name, value in typed.items()}))
    shown = errors(answer)
    assert {name: shown[name] for name in refused} == refused
    assert everything() == before


def test_what_is_too_much_for_one_page_is_handed_to_a_worker(office, chief, harbour, monkeypatch, django_capture_on_commit_callbacks):
    goods = [factories.stocked(harbour, 9) for _ in range(3)]
    handed = []
    monkeypatch.setattr(rules_admin, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(rules_admin.app, "send_task", lambda task, **options: handed.append((task, options["kwargs"])))
    with django_capture_on_commit_callbacks(execute=True):
        answer = filled(office, url(SafetyStock, "add"), store=harbour.pk, units="2")
    assert said(office.get(answer["Location"]))[0] == "2 stock levels have another safety stock now. The rest follows within minutes."
    assert handed == [("stores.tasks.apply_safety_rules", {"by": chief.pk})]
    assert safety(*goods) == [2, 2, 0]


@pytest.mark.parametrize("moves", ["product", "category"])
def test_goods_in_another_category_follow_its_rule(office, harbour, moves):
    mug = factories.stocked(harbour, 9)
    outer = Category.objects.create(name="Kitchen", slug="kitchen")
    SafetyStock.objects.create(category=outer, units=3)
    if moves == "product":
        page = sent(office, url(Product, "change", mug.product_id), category=outer.pk)
    else:
        page = sent(office, url(Category, "change", mug.product.category_id), parent=outer.pk)
    assert "1 stock level has another safety stock now." in said(page)
    assert safety(mug) == [3]


# Limits


def test_there_is_one_policy_and_its_default_applies_at_once(office, harbour):
    mug = factories.stocked(harbour, 9)
    policy = kept_back.policy()
    assert office.get(url(StockPolicy, "add")).status_code == 403
    assert office.post(url(StockPolicy, "delete", policy.pk), {"post": "yes"}).status_code == 403
    page = sent(office, url(StockPolicy, "change", policy.pk), safety_stock="2", low_stock="8")
    assert said(page)[0] == "1 stock level has another safety stock now."
    assert safety(mug) == [2]
    assert kept_back.policy_shown().low_stock == 8


def test_a_policy_that_is_missing_can_be_made(office):
    StockPolicy.objects.all().delete()
    assert sent(office, url(StockPolicy, "add"), most_buffer="1").status_code == 200
    assert kept_back.policy().most_buffer == 1


def test_another_limit_moves_the_buffers_at_once(office, harbour):
    factories.stocked(harbour, 9)
    level, now = StockLevel.objects.get(), timezone.now()
    confidence.report_short_pick(level, missing=1, reference="fulfilment:1", by=None, at=now)
    page = sent(office, url(StockPolicy, "change", 1), most_buffer="1")
    assert said(page)[0] == "1 buffer moved."
    level.refresh_from_db()
    assert level.buffer == 1
    assert said(sent(office, url(StockPolicy, "change", 1), count_fresh_days="31"))[0] == "No buffer moved."


@pytest.mark.parametrize(("field", "typed"), [("most_buffer", "101"), ("count_fresh_days", "0"), ("large_adjustment", "0"), ("safety_stock", "-1")])
def test_a_limit_that_makes_no_sense_is_refused(office, field, typed):
    kept_back.policy()
    before = everything()
    assert list(errors(filled(office, url(StockPolicy, "change", 1), **{field: typed}))) == [field]
    assert everything() == before


# Levels


def listed(office, query: str) -> list[StockLevel]:
    return list(office.get(f"{url(StockLevel)}?{query}").context["cl"].result_list)


def test_levels_are_low_distrusted_or_uncertain_and_say_why(office, harbour):
    plenty, few, held, none, lost, odd = (factories.stocked(harbour, count) for count in (9, 2, 4, 1, 9, 9))
    level = {row.variant_id: row for row in StockLevel.objects.all()}
    now = timezone.now()
    holds.take({harbour.pk: {held.pk: 2}}, holder="cart:900001", at=now)
    factories.order(harbour, (none, 1))
    kept_back.distrust(level[lost.pk], why="Not on the shelf", by=None, at=now)
    confidence.report_short_pick(level[odd.pk], missing=1, reference="fulfilment:1", by=None, at=now)
    assert listed(office, "wants=low") == [level[none.pk], level[held.pk], level[few.pk]]
    assert listed(office, "wants=distrusted") == [level[lost.pk]]
    assert listed(office, "wants=uncertain") == [level[odd.pk]]
    page = office.get(url(StockLevel)).text
    assert "<b>Low</b>: 1 short pick in 1 in 14 days; never counted; sold none in 28 days" in page
    assert "None until it is counted" in page
    assert "everything" in page
    page = office.get(url(StockLevel, "change", level[odd.pk].pk)).text
    assert "Low confidence: 1 short pick in 1 in 14 days; never counted; sold none in 28 days" in page
    Hold.objects.update(expires_at=now - timedelta(seconds=1))
    assert listed(office, "wants=low") == [level[none.pk], level[few.pk]]
    assert plenty.pk in {row.variant_id for row in listed(office, "")}


def test_nothing_of_a_level_is_typed(office, harbour):
    factories.stocked(harbour, 9)
    page = url(StockLevel, "change", StockLevel.objects.get().pk)
    assert 'name="_save"' not in office.get(page).text
    before = StockLevel.objects.values().get()
    office.post(page, {"safety_stock": "2", "on_hand": "999", "buffer": "7"})
    assert StockLevel.objects.values().get() == before
    assert not KeptBack.objects.exists()


def test_a_level_links_to_its_rule_or_to_a_new_one_with_store_and_goods_filled_in(office, harbour):
    mug = factories.stocked(harbour, 9)
    page = url(StockLevel, "change", StockLevel.objects.get().pk)
    wanted = f"{url(SafetyStock, 'add')}?store={harbour.pk}&amp;variant={mug.pk}"
    assert wanted in office.get(page).text
    sent(office, wanted.replace("&amp;", "&"), units="3")
    rule = SafetyStock.objects.get()
    assert (rule.store, rule.variant, rule.units) == (harbour, mug, 3)
    shown = office.get(page).text
    assert url(SafetyStock, "change", rule.pk) in shown
    assert "Safety stock 3: the rule for these goods at this store" in shown


def test_levels_are_distrusted_by_a_button_and_together(office, chief, harbour):
    for _ in range(2):
        factories.stocked(harbour, 9)
    first, second = StockLevel.objects.order_by("pk")
    page = office.post(url(StockLevel, "press", first.pk, "distrust"), follow=True)
    assert said(page) == ["1 stock level promises nothing until it is counted."]
    assert "Distrust until it is counted" not in page.text
    action = {"action": "distrust", "_selected_action": [first.pk, second.pk]}
    assert said(office.post(url(StockLevel), action, follow=True)) == ["1 stock level promises nothing until it is counted."]
    assert said(office.post(url(StockLevel), action, follow=True)) == ["Distrusted already."]
    rows = list(KeptBack.objects.order_by("id").values_list("level", "distrusted", "why", "by"))
    assert rows == [(first.pk, True, "Distrusted by head office", chief.pk), (second.pk, True, "Distrusted by head office", chief.pk)]
    assert Event.objects.filter(kind="stock.distrusted", by=chief).count() == 2


def test_who_may_only_look_distrusts_nothing(client, harbour):
    factories.stocked(harbour, 9)
    level = StockLevel.objects.get()
    person = factories.user(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename="view_stocklevel"))
    client.force_login(person)
    assert client.get(url(StockLevel, "change", level.pk)).status_code == 200
    assert client.post(url(StockLevel, "press", level.pk, "distrust")).status_code == 404
    level.refresh_from_db()
    assert level.distrusted_at is None


# What needs head office


def test_head_office_is_told_of_low_and_distrusted_levels_and_of_adjustments_that_wait(office, harbour, monkeypatch):
    assert not [need for need in needs.needs(at=NOON) if need.count]
    lost, few = factories.stocked(harbour, 9), factories.stocked(harbour, 2)
    ana, reason = factories.staff(harbour), StockReason.objects.get(code="found")
    kept_back.distrust(StockLevel.objects.get(variant=lost), why="Not on the shelf", by=None, at=NOON)
    adjustments.adjust(harbour, lost, change=10, reason=reason, key="1", by=ana, at=NOON)
    memory.forget()
    found = [need for need in needs.needs(at=NOON) if need.count]
    assert [(need.count, need.words, need.tone) for need in found] == [
        (1, "stock level is distrusted", "soon"),
        (1, "adjustment waits for a second person", "soon"),
        (1, "stock level is low", "plain"),
    ]
    shown = [list(office.get(need.url).context["cl"].result_list) for need in found]
    assert [row[0].pk for row in shown] == [StockLevel.objects.get(variant=lost).pk, lost.stock_levels.get().adjustments.get().pk, few.stock_levels.get().pk]
    monkeypatch.setattr(needs, "MOST", 2)
    memory.forget()
    for _ in range(2):
        factories.stocked(harbour, 1)
    assert [(need.count, need.words) for need in needs.needs(at=NOON)][-2] == (2, "and more stock levels are low")


# Reasons


def test_head_office_keeps_its_own_list_of_reasons(office):
    assert list(StockReason.objects.filter(effect="distrust").values_list("code", "words")) == [("not-on-shelf", "Not on the shelf")]
    assert set(StockReason.objects.values_list("effect", flat=True)) == {"none", "damaged", "distrust"}
    sent(office, url(StockReason, "add"), words="Sent back to the maker", code="sent-back", effect="none", active="on")
    assert StockReason.objects.get(code="sent-back").direction == "either"
    sent(office, url(StockReason, "add"), words="Sent back by a customer", code="came-back", effect="none", direction="more", active="on")
    assert StockReason.objects.get(code="came-back").direction == "more"
    wrong = filled(office, url(StockReason, "add"), words="Broken", code="broken", effect="damaged", direction="either")
    assert "Damaged goods leave on hand, so this is a reason for fewer only." in wrong.content.decode()
    refused = filled(office, url(StockReason, "add"), words="Again", code="sent-back", effect="boiled")
    assert errors(refused) == {
        "code": ["Stock reason with this Code already exists."],
        "effect": ["Select a valid choice. boiled is not one of the available choices."],
    }
