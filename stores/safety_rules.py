"""Which safety stock is in force for a variant at a store: the most specific rule wins.

A rule for the variant at the store comes before one for the store, that before one for the category (the nearest, as a category lies in another), and that
before the default of the stock policy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from omo import memory
from stores import catalogue
from stores.models import Category, SafetyStock, StockLevel, StockPolicy, Variant

NUMBER = IntegerField()
FOR_GOODS, FOR_STORE, FOR_CATEGORY, DEFAULT = "the rule for these goods at this store", "the store's rule", "the category's rule", "the default"


def policy() -> StockPolicy:
    """Head office's limits, for acts; made with its defaults if it is missing."""
    return StockPolicy.objects.get_or_create(pk=1)[0]


def policy_shown() -> StockPolicy:
    """The limits as pages show them: as they were at most a minute ago in this process. Writes nothing."""
    return memory.remembered("stores.stock_policy", lambda: StockPolicy.objects.filter(pk=1).first() or StockPolicy(pk=1))


@dataclass(frozen=True)
class Rules:
    """The default, and the rules of stores and of categories by id; every category that a rule reaches is named with its nearest."""

    default: int
    stores: Mapping[int, int]
    categories: Mapping[int, int]

    def due(self) -> Coalesce:
        """What each of a set of StockLevels is to keep back; the rules for goods at a store are read with it."""
        parts: list[Any] = [Subquery(_of_goods().values("units")[:1], output_field=NUMBER)]
        for field, rules in (("store_id", self.stores), ("variant__product__category_id", self.categories)):
            if rules:
                parts.append(Case(*(When(**{f"{field}__in": ids}, then=Value(units)) for units, ids in _by_units(rules)), output_field=NUMBER))
        return Coalesce(*parts, Value(self.default), output_field=NUMBER)

    def of(self, store_id: int, category_id: int, of_goods: int | None) -> tuple[int, str]:
        """The units for goods of a category at a store, and which rule says so; `of_goods` is the rule for just them."""
        ways = ((of_goods, FOR_GOODS), (self.stores.get(store_id), FOR_STORE), (self.categories.get(category_id), FOR_CATEGORY))
        return next(((units, why) for units, why in ways if units is not None), (self.default, DEFAULT))


def of_all(limits: StockPolicy) -> Rules:
    """The rules as they are now, beside the policy's default. One statement, a second where categories have rules."""
    rows = SafetyStock.objects.filter(variant=None).values_list("store_id", "category_id", "units")
    return _rules(limits.safety_stock, list(rows))


def safety_of(store_id: int, variant: Variant) -> int:
    """How many units of a variant the rules keep back at a store."""
    return opening_values(store_id, [variant.pk])[variant.pk]


def opening_values(store_id: int, variant_ids: Iterable[int]) -> dict[int, int]:
    """{variant id: units} that the rules keep back at a store, for levels that are being made. One statement while no category has a rule."""
    wanted = list(variant_ids)
    meant = Q(store=store_id, variant=None) | Q(store=store_id, variant__in=wanted) | Q(category__isnull=False)
    number = Value(None, output_field=NUMBER)
    default = StockPolicy.objects.filter(pk=1).values_list(number, number, number, "safety_stock")
    rows = list(SafetyStock.objects.filter(meant).values_list("store_id", "category_id", "variant_id", "units").union(default, all=True))
    of_goods = {variant_id: units for _, _, variant_id, units in rows if variant_id}
    by_default = next((units for place, category_id, _, units in rows if not place and not category_id), StockPolicy().safety_stock)
    rules = _rules(by_default, [(place, category_id, units) for place, category_id, variant_id, units in rows if not variant_id and (place or category_id)])
    asks = [variant_id for variant_id in wanted if variant_id not in of_goods] if rules.categories and store_id not in rules.stores else []
    shelves = dict(Variant.objects.filter(pk__in=asks).values_list("pk", "product__category_id")) if asks else {}
    return {variant_id: rules.of(store_id, shelves.get(variant_id, 0), of_goods.get(variant_id))[0] for variant_id in wanted}


def of_categories() -> bool:
    """Whether any category has a rule, so that it matters where goods lie."""
    return SafetyStock.objects.filter(category__isnull=False).exists()


def reach(rule: SafetyStock) -> QuerySet[StockLevel]:
    """The levels that a rule is about, whether or not a more specific one wins there."""
    if rule.category_id is not None:
        return in_category(rule.category_id)
    levels = StockLevel.objects.filter(store=rule.store_id)
    return levels if rule.variant_id is None else levels.filter(variant=rule.variant_id)


def in_category(category_id: int) -> QuerySet[StockLevel]:
    """The levels of goods in a category or in one that lies in it."""
    inside = catalogue.within(Category(pk=category_id), Category.objects.all())
    return StockLevel.objects.filter(variant__product__category__in=inside)


def with_goods_rule(levels: QuerySet[StockLevel]) -> QuerySet[Any]:
    """The levels with `of_goods`: the units of the rule for just these goods at this store, or None."""
    return levels.annotate(of_goods=Subquery(_of_goods().values("units")[:1], output_field=NUMBER))


def _of_goods() -> QuerySet[SafetyStock]:
    return SafetyStock.objects.filter(store=OuterRef("store_id"), variant=OuterRef("variant_id")).order_by()


def _rules(default: int, rows: list[tuple[int | None, int | None, int]]) -> Rules:
    stores = {store_id: units for store_id, _, units in rows if store_id}
    categories = {category_id: units for _, category_id, units in rows if category_id}
    return Rules(default, stores, _nearest(categories) if categories else {})


def _nearest(rules: Mapping[int, int]) -> dict[int, int]:
    """Each category that has a rule or lies, however deep, in one that has."""
    above = dict(Category.objects.order_by().values_list("pk", "parent_id"))
    found: dict[int, int] = {}
    for category_id in above:
        place: int | None = category_id
        for _ in above:  # a circle would end, too
            if place is None or place in rules:
                break
            place = above.get(place)
        if place is not None and place in rules:
            found[category_id] = rules[place]
    return found


def _by_units(rules: Mapping[int, int]) -> list[tuple[int, list[int]]]:
    return [(units, [key for key, value in rules.items() if value == units]) for units in sorted(set(rules.values()))]
