"""Shelf labels: choose goods, make their labels, print them on sheets, revoke one."""

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from omo import lists
from omo.strictness import takes_many
from stores import label_sheets
from stores import labels as shelf_labels
from stores.label_forms import MakeForm, SheetForm
from stores.models import Category, ShelfLabel, StockLevel, Store, Variant
from stores.views.at_work import StaffRequest, page, staff_of_store

PAGE = 30
FILTERS = ("q", "category", "stock")
TOO_MANY = f"That is more than {label_sheets.MOST_LABELS} labels. Narrow the list or take fewer of each."


@require_safe
@staff_of_store
def labels(request: StaffRequest, store: Store) -> HttpResponse:
    """Goods to choose from, with the labels they have."""
    return _labels_page(request, store, lists.asked(request.GET, *FILTERS, "page"))


@require_POST
@takes_many("sku")
@staff_of_store
def make_labels(request: StaffRequest, store: Store) -> HttpResponse:
    """Make the labels of the ticked goods (`sku`), or with `all` of everything found, and show the sheet. A repeat gives the same labels."""
    form = MakeForm(request.POST)
    asked = lists.asked(MultiValueDict({name: request.POST.getlist(name) for name in FILTERS if name in request.POST}), *FILTERS)
    if not form.is_valid():
        return _labels_page(request, store, asked, form=form, status=422)
    everything = bool(request.POST.get("all"))
    chosen = _found(store, asked) if everything else _ticked(request.POST.getlist("sku"))
    variants = list(chosen[: label_sheets.MOST_LABELS + 1])
    if not variants or len(variants) * form.cleaned_data["copies"] > label_sheets.MOST_LABELS:
        words = TOO_MANY if variants else "Tick at least one thing."
        return _labels_page(request, store, asked, form=form, wrong=words, status=422)
    made = shelf_labels.make_labels(store, variants, shelf=form.cleaned_data["shelf"], by=request.user, at=timezone.now())
    which = {**asked, "shelf": form.cleaned_data["shelf"]} if everything else {"codes": "-".join(label.code for label in made)}
    query = {**which, "copies": form.cleaned_data["copies"], "start": form.cleaned_data["start"]}
    return redirect(f"{reverse('print_labels', args=[store.code])}?{urlencode(query)}")


@require_safe
@staff_of_store
def print_labels(request: StaffRequest, store: Store) -> HttpResponse:
    """The sheets: labels by their `codes` (with '-' between), or those of the goods found, at `shelf` if it is given. `start` leaves used places free."""
    query = request.GET.copy()
    codes = query.pop("codes", [""])[0]  # longer than any other parameter; the whole address is limited by omo.strictness
    asked = {**lists.asked(query, *FILTERS, "shelf", "copies", "start"), "codes": codes}
    form = SheetForm({"copies": asked["copies"] or "1", "start": asked["start"] or "1"})
    if not form.is_valid():
        return _sheet_page(request, store, asked, form, [], status=422)
    chosen = list(_labels_asked(store, asked)[: label_sheets.MOST_LABELS + 1])
    copies = [label for label in chosen for _ in range(form.cleaned_data["copies"])]
    if len(copies) > label_sheets.MOST_LABELS:
        form.add_error("copies", TOO_MANY)
        return _sheet_page(request, store, asked, form, [], status=422)
    for label in copies:
        label.address = shelf_labels.address(label)  # type: ignore[attr-defined]
    return _sheet_page(request, store, asked, form, label_sheets.sheets(copies, start=form.cleaned_data["start"]))


@require_POST
@staff_of_store
def revoke_label(request: StaffRequest, store: Store, label: str) -> HttpResponse:
    """Make every print of a label worthless. `version` is the one on the screen, so a repeat revokes nothing more."""
    found = get_object_or_404(ShelfLabel.objects.select_related("variant__product"), code=label, store=store, active=True)
    if request.POST.get("version") == str(found.version):
        shelf_labels.revoke_label(found, by=request.user, at=timezone.now())
    anew = f"{reverse('print_labels', args=[store.code])}?{urlencode({'codes': found.code})}"
    words = 'Every print of {} ({}) is worthless now. <a class="link" href="{}">Print the new label</a> and stick it over the old one.'
    messages.success(request, format_html(words, found.code, found.variant, anew))
    return redirect(f"{reverse('labels', args=[store.code])}?{urlencode({'q': found.variant.sku, 'stock': 'all'})}")


def _labels_page(
    request: StaffRequest, store: Store, asked: dict[str, str], *, form: MakeForm | None = None, wrong: str = "", status: int = 200
) -> HttpResponse:
    try:
        found = lists.page(_found(store, asked), order=("name", "id"), after=asked.get("page", ""), size=PAGE, name="labels")
    except lists.NoSuchPage as gone:
        raise Http404 from gone
    levels = StockLevel.objects.filter(store=store, variant__in=found.rows)
    on_hand = {level.variant_id: level.on_hand for level in levels}
    filters = {name: asked[name] for name in FILTERS if asked[name]}
    context = {
        "rows": [(variant, on_hand.get(variant.pk, 0)) for variant in found.rows],
        "categories": Category.objects.all(),
        "asked": asked,
        "form": form or MakeForm(initial={"copies": 1, "start": 1}),
        "wrong": wrong,
        "ticked": set(request.POST.getlist("sku")),
        "next_url": f"?{urlencode({**filters, 'page': found.next})}" if found.next else "",
        "first_url": f"?{urlencode(filters)}" if asked.get("page") else "",
    }
    return page(request, "stores/labels.html", store, context, at=timezone.now(), status=status)


def _sheet_page(
    request: StaffRequest, store: Store, asked: dict[str, str], form: SheetForm, sheets: list[label_sheets.Sheet], *, status: int = 200
) -> HttpResponse:
    context = {
        "store": store,
        "sheets": sheets,
        "count": sum(len(sheet.labels) for sheet in sheets),
        "form": form,
        "kept": [(name, asked[name]) for name in (*FILTERS, "codes", "shelf") if asked[name]],
        "host": settings.SITE_URL.split("//")[-1],
    }
    return render(request, "stores/labels_print.html", context, status=status)


def _found(store: Store, asked: dict[str, str]) -> QuerySet[Variant]:
    return label_sheets.goods(store, words=asked["q"], category=asked["category"], stocked=asked["stock"] != "all")


def _ticked(skus: list[str]) -> QuerySet[Variant]:
    known = [sku for sku in skus if "\x00" not in sku]  # which PostgreSQL would refuse to look for
    return Variant.objects.filter(sku__in=known[: label_sheets.MOST_LABELS + 1], active=True, product__active=True).select_related("product").order_by("id")


def _labels_asked(store: Store, asked: dict[str, str]) -> QuerySet[ShelfLabel]:
    here = (
        ShelfLabel.objects.filter(store=store, active=True).select_related("variant__product").order_by("shelf", "variant__product__name", "variant_id", "id")
    )
    if asked["codes"]:
        return here.filter(code__in=asked["codes"].split("-"))
    found = here.filter(variant__in=_found(store, asked).values("pk"))
    return found.filter(shelf=asked["shelf"]) if asked["shelf"] else found
