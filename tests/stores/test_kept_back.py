"""What levels keep back: the most specific rule, distrust until counted, and a ledger row for each change."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from omo import memory
from omo.models import Event
from stores import atp, availability, catalogue_import, invariants, kept_back, safety_rules, stock
from stores.catalogue_import import Source
from stores.kept_back import Change
from stores.models import Category, KeptBack, SafetyStock, StockLevel, StockPolicy, Store, Variant
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
WHY = {"by": None, "at": NOON}


def rule(units: int, *, store: Store | None = None, variant: Variant | None = None, category: Category | None = None) -> SafetyStock:
    return SafetyStock.objects.create(store=store, variant=variant, category=category, units=units)


def default(units: int) -> None:
    StockPolicy.objects.update_or_create(pk=1, defaults={"safety_stock": units})


def ledger(**level) -> list[tuple]:
    """The rows of the ledger, oldest first, without their moment."""
    found = KeptBack.objects.filter(**{f"level__{key}": value for key, value in level.items()})
    return list(found.order_by("id").values_list("safety_stock", "buffer", "distrusted", "why"))


def safety(variant: Variant, store: Store) -> int:
    """What the level has; the rules and the values for new levels say the same."""
    kept = StockLevel.objects.get(variant=variant, store=store).safety_stock
    assert kept == kept_back.safety_of(store.pk, variant)
    assert kept == kept_back.opening_values(store.pk, [variant.pk])[variant.pk]
    return kept


# Rules


def test_goods_that_come_for_the_first_time_are_kept_back_as_the_rules_say(harbour):
    rule(3, store=harbour)
    ana = factories.staff(harbour)
    vase = factories.variant()
    stock.receive(harbour, {vase.pk: 10}, reference="delivery:1", by=ana, at=NOON)
    assert safety(vase, harbour) == 3
    assert availability.at_store(harbour.pk, [vase.pk], at=NOON) == {vase.pk: 7}
    assert ledger(variant=vase) == [(3, 0, False, "Safety stock 3: in force when the level was made")]
    assert list(invariants.violations()) == []


def test_the_most_specific_rule_wins_and_each_change_has_its_row_with_the_reason(harbour):
    home = Category.objects.create(name="Home & garden", slug="home-garden")
    mug, ana = factories.stocked(harbour, 10), factories.staff(harbour)
    Category.objects.filter(slug="home").update(parent=home)
    seen = [safety(mug, harbour)]
    for make in (
        lambda: default(1),
        lambda: rule(2, category=home),
        lambda: rule(3, category=mug.product.category),
        lambda: rule(0, store=harbour),
        lambda: rule(5, store=harbour, variant=mug),
    ):
        make()
        assert kept_back.apply_rules(by=ana, at=NOON) == 1
        seen.append(safety(mug, harbour))
    assert seen == [0, 1, 2, 3, 0, 5]
    assert ledger() == [
        (1, 0, False, "Safety stock 1: the default"),
        (2, 0, False, "Safety stock 2: the category's rule"),
        (3, 0, False, "Safety stock 3: the category's rule"),
        (0, 0, False, "Safety stock 0: the store's rule"),
        (5, 0, False, "Safety stock 5: the rule for these goods at this store"),
    ]
    assert set(KeptBack.objects.values_list("by", "at")) == {(ana.pk, NOON)}
    assert list(invariants.violations()) == []


def test_a_rule_reaches_only_what_it_is_about(harbour):
    garden = factories.store("garden-street")
    coats = Category.objects.create(name="Coats", slug="coats")
    mug, coat = factories.stocked(harbour, 10), factories.stocked(harbour, 10)
    for goods in (mug, coat):
        factories.stocked(garden, 1)
        StockLevel.objects.create(store=garden, variant=goods)
    coat.product.category = coats
    coat.product.save()
    rule(2, category=coats)
    rule(4, store=garden, variant=mug)
    assert kept_back.apply_rules(**WHY) == 3
    assert [safety(mug, harbour), safety(mug, garden), safety(coat, harbour), safety(coat, garden)] == [0, 4, 2, 2]


def test_a_rule_that_changes_nothing_writes_nothing(harbour):
    factories.stocked(harbour, 10)
    kept_back.policy()
    rule(0, store=harbour)
    with unchanged():
        assert kept_back.apply_rules(**WHY) == 0


def test_only_the_chosen_levels_are_looked_at_and_at_most_so_many(harbour, monkeypatch):
    monkeypatch.setattr(kept_back, "PORTION", 2)
    goods = [factories.stocked(harbour, 10) for _ in range(7)]
    default(1)
    assert kept_back.apply_rules(levels=StockLevel.objects.filter(variant=goods[6]), **WHY) == 1
    assert kept_back.apply_rules(most=3, **WHY) == 3
    assert list(StockLevel.objects.order_by("id").values_list("safety_stock", flat=True)) == [1, 1, 1, 0, 0, 0, 1]
    assert kept_back.apply_rules(**WHY) == 3
    assert KeptBack.objects.count() == 7


def test_the_reach_of_rules(harbour):
    garden, home = factories.store("garden-street"), Category.objects.create(name="All", slug="all")
    mug, bowl = factories.stocked(harbour, 1), factories.stocked(harbour, 1)
    vase = factories.stocked(garden, 1)
    Category.objects.filter(slug="home").update(parent=home)
    Category.objects.create(name="Coats", slug="coats")

    def reached(made: SafetyStock) -> set[str]:
        return set(safety_rules.reach(made).values_list("variant__sku", flat=True))

    assert reached(rule(1, store=harbour)) == {mug.sku, bowl.sku}
    assert reached(rule(1, store=harbour, variant=bowl)) == {bowl.sku}
    assert reached(rule(1, category=home)) == {mug.sku, bowl.sku, vase.sku}
    assert reached(rule(1, category=Category.objects.get(slug="coats"))) == set()


def test_rules_cost_the_same_for_one_and_for_thirty_levels(harbour):
    rule(1, store=harbour, variant=factories.stocked(harbour, 1))

    def statements(units: int) -> int:
        default(units)
        rule_of_home.units = units
        rule_of_home.save()
        with CaptureQueriesContext(connection) as queries:
            assert kept_back.apply_rules(**WHY) == StockLevel.objects.exclude(safety_stock=units).count() or units
        return len(queries)

    rule_of_home = rule(9, category=Category.objects.get(slug="home"))
    statements(1)
    factories.stocked(harbour, 1)
    one = statements(2)
    for _ in range(29):
        factories.stocked(harbour, 1)
    assert statements(3) == one


def test_new_levels_begin_with_what_the_rules_say_by_one_statement(harbour):
    mug, bowl, vase = factories.variant(), factories.variant(), factories.variant()
    default(1)
    rule(3, store=harbour, variant=bowl)
    with CaptureQueriesContext(connection) as queries:
        values = kept_back.opening_values(harbour.pk, [mug.pk, bowl.pk, vase.pk])
    assert (values, len(queries)) == ({mug.pk: 1, bowl.pk: 3, vase.pk: 1}, 1)
    StockLevel.objects.bulk_create(StockLevel(store=harbour, variant_id=pk, safety_stock=units) for pk, units in values.items())
    for _ in range(2):
        kept_back.begin(harbour.pk, values, **WHY)
    assert ledger(variant=bowl) == [(3, 0, False, "Safety stock 3: in force when the level was made")]
    assert KeptBack.objects.count() == 3
    assert kept_back.apply_rules(**WHY) == 0
    assert list(invariants.violations()) == []


def test_without_rules_and_policy_new_levels_keep_nothing_back(harbour):
    StockPolicy.objects.all().delete()
    mug = factories.variant()
    assert kept_back.opening_values(harbour.pk, [mug.pk]) == {mug.pk: 0}
    assert kept_back.opening_values(harbour.pk, []) == {}


def test_the_policy_is_made_if_it_is_missing_and_pages_write_nothing():
    StockPolicy.objects.all().delete()
    with unchanged():
        assert kept_back.policy_shown().most_buffer == 3
    assert kept_back.policy() == StockPolicy.objects.get()
    default(4)
    assert (kept_back.policy().safety_stock, kept_back.policy_shown().safety_stock) == (4, 0)
    memory.forget()
    assert kept_back.policy_shown().safety_stock == 4


@pytest.mark.parametrize("about", [{}, {"variant": True}, {"store": True, "category": True}])
def test_a_rule_is_for_a_store_or_for_a_category(harbour, about):
    mug = factories.variant()
    rows = {"store": harbour, "variant": mug, "category": mug.product.category}
    with refused(IntegrityError):
        rule(1, **{name: rows[name] for name in about})


def test_there_is_one_rule_for_the_same(harbour):
    mug = factories.variant()
    for about in ({"store": harbour}, {"store": harbour, "variant": mug}, {"category": mug.product.category}):
        rule(1, **about)
        with refused(IntegrityError):
            rule(2, **about)


# Distrust and buffer


@pytest.fixture
def level(harbour) -> StockLevel:
    """10 of a mug at the store."""
    factories.stocked(harbour, 10)
    return StockLevel.objects.get()


def left(level: StockLevel) -> int:
    return StockLevel.objects.annotate(left=atp.expression(at=NOON)).get(pk=level.pk).left


def test_nothing_is_promised_of_a_distrusted_level_until_it_is_trusted(level):
    ana = factories.staff(level.store)
    assert kept_back.distrust(level, why="Not on the shelf", by=ana, at=NOON)
    assert left(level) == 0
    event = Event.objects.get(kind="stock.distrusted")
    assert (event.store_id, event.by, event.at, event.subject) == (level.store_id, ana, NOON, f"level:{level.pk}")
    assert event.data == {"variant": level.variant_id, "why": "Not on the shelf"}
    with unchanged():
        assert not kept_back.distrust(level, why="Again", by=ana, at=NOON)
    assert kept_back.trust(level, why="Counted", by=ana, at=NOON)
    assert left(level) == 10
    with unchanged():
        assert not kept_back.trust(level, why="Counted", by=ana, at=NOON)
    assert ledger() == [(0, 0, True, "Not on the shelf"), (0, 0, False, "Counted")]


def test_a_buffer_is_kept_back_with_its_reason(level):
    assert kept_back.set_buffer(level, 2, why="Low confidence", at=NOON)
    assert left(level) == 8
    with unchanged():
        assert not kept_back.set_buffer(level, 2, why="Low confidence still", at=NOON)
    default(3)
    kept_back.apply_rules(**WHY)
    kept_back.distrust(level, why="Broken glass", **WHY)
    assert ledger() == [
        (0, 2, False, "Low confidence"),
        (3, 2, False, "Safety stock 3: the default"),
        (3, 2, True, "Broken glass"),
    ]
    assert list(invariants.violations()) == []


def test_a_reason_that_is_too_long_is_cut_and_refuses_nothing(level):
    kept_back.set_buffer(level, 1, why="x" * 300, at=NOON)
    assert ledger() == [(0, 1, False, "x" * 200)]


def test_many_levels_change_together_in_constant_statements(level):
    kept_back.change({level.pk: Change("Test", buffer=1)}, **WHY)
    with CaptureQueriesContext(connection) as one:
        kept_back.change({level.pk: Change("Test", buffer=2)}, **WHY)
    for _ in range(29):
        factories.stocked(level.store, 1)
    wanted = {row.pk: Change("Test", buffer=3, distrusted=True) for row in StockLevel.objects.all()}
    with CaptureQueriesContext(connection) as many:
        moved = kept_back.change(wanted, **WHY)
    assert (len(moved), len(many)) == (30, len(one))


def test_a_ledger_row_is_never_edited(level):
    kept_back.set_buffer(level, 1, why="Test", at=NOON)
    with pytest.raises(Exception, match="never edited"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE stores_keptback SET buffer = 2")


# From files


def test_goods_that_an_import_brings_into_another_category_follow_its_rule(harbour):
    mug = factories.stocked(harbour, 10)
    rule(2, category=Category.objects.create(name="Coats", slug="coats"))
    file = f"sku,category\n{mug.sku},Coats\n".encode()
    assert catalogue_import.run(products=Source("products.csv", file), dry_run=True, **WHY).counts
    assert safety(mug, harbour) == 0
    assert catalogue_import.run(products=Source("products.csv", file), **WHY).counts["products"].changed == 1
    assert safety(mug, harbour) == 2
    assert ledger() == [(2, 0, False, "Safety stock 2: the category's rule")]
