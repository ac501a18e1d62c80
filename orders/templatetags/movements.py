"""What stock movements belong to, as staff read it: an order's number instead of 'fulfilment:260', each with the way there."""

from collections.abc import Iterable

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orders.models import Fulfilment
from stores.by_hand import AT_LEVEL, DELIVERY
from stores.models import StockMovement, Store

register = template.Library()
ORDER, ADJUSTMENT, IMPORT = "fulfilment:", "adjustment:", "import:"
PAGES = {Fulfilment.Kind.PICKUP: "pickup", Fulfilment.Kind.CARRY_OUT: "receipt"}
"""Where staff see what came of it."""


@register.simple_tag
def orders_of(movements: Iterable[StockMovement]) -> dict[str, tuple[str, str]]:
    """{reference: (order number, kind)} of the movements that belong to orders, in one statement, or in none if there are no such ones."""
    ids = {move.reference.removeprefix(ORDER) for move in movements if move.reference.startswith(ORDER)}
    found = Fulfilment.objects.filter(pk__in=[pk for pk in ids if pk.isdecimal()]) if ids else Fulfilment.objects.none()
    return {f"{ORDER}{pk}": (number, kind) for pk, number, kind in found.values_list("pk", "order__number", "kind")}


@register.simple_tag
def belongs_to(move: StockMovement, store: Store, orders: dict[str, tuple[str, str]]) -> SafeString | str:
    """'Order HP-4K7M', 'Delivery D-7', 'Agreed to by two people', 'TR-8Q2WZ1'; '' for what somebody entered on the page of the goods itself."""
    reference = move.reference
    if reference in orders:
        number, kind = orders[reference]
        return _link("Order ", PAGES[Fulfilment.Kind(kind)], store, number) if kind in PAGES else format_html("Order <bdi>{}</bdi>", number)
    if move.kind == StockMovement.Kind.TRANSFERRED:
        return _link("", "transfer", store, reference)
    if reference.startswith(ADJUSTMENT):
        return "Agreed to by two people"
    if reference.startswith(IMPORT):
        return "From an imported file"
    if reference.startswith(DELIVERY):
        number = reference.removeprefix(DELIVERY)
        return format_html("Delivery <bdi>{}</bdi>", number) if number else "Without a paper"
    return "" if reference.startswith(AT_LEVEL) else format_html("<bdi>{}</bdi>", reference)


def _link(words: str, page: str, store: Store, number: str) -> SafeString:
    return format_html('<a href="{}">{}<bdi>{}</bdi></a>', reverse(page, args=[store.code, number]), words, number)
