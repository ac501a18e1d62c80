"""Scanning a shelf label: by the phone's own camera, by a picture, or by typing its code."""

from datetime import datetime
from typing import BinaryIO, cast
from urllib.parse import quote

from allauth.account.adapter import get_adapter
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from omo import codes, limits, lists
from orders import scans
from orders.forms import CodeForm
from orders.views import product_page
from stores import barcodes, catalogue, labels
from stores.models import ShelfLabel, Variant
from stores.views import here

WORDS = {
    barcodes.TooLarge: "This picture is too large. Take one with at most 10 MB and 25 megapixels.",
    barcodes.NotAPicture: "This file is not a picture we can read. Use a JPEG, PNG or WebP picture.",
    barcodes.NoCode: "We found no code in this picture. Hold the phone closer, so that the code fills half of it.",
}
NOT_OURS = "This is not a code of our shelf labels. It is the ten letters and digits under the square code."
TRIES = 30
"""Pictures, and printed codes without their signature, that one address may send within a minute."""
COUNTED = "labels_scanned"
MOST_COUNTED = 100


@require_http_methods(["GET", "HEAD", "POST"])
def scan(request: HttpRequest) -> HttpResponse:
    """How scanning works, a field for the code, and a picture to read it from. Only our own labels are followed."""
    if request.method != "POST":
        return render(request, "orders/scan.html", {"form": CodeForm()})
    picture = request.FILES.get("picture")
    _refuse_overlong(request.POST.get("code", ""))
    form = CodeForm(request.POST)
    if picture is not None:
        limits.count("scan_picture", get_adapter().get_client_ip(request), most=TRIES)
        try:
            texts = barcodes.read(cast(BinaryIO, picture), name=picture.name or "", size=picture.size or 0)
        except (barcodes.TooLarge, barcodes.NotAPicture, barcodes.NoCode) as failure:
            return _refused(request, CodeForm(), WORDS[type(failure)], status=413 if (picture.size or 0) > barcodes.MOST_BYTES else 422)
    elif form.is_valid():
        texts = [form.cleaned_data["code"]]
    else:
        return render(request, "orders/scan.html", {"form": form}, status=422)
    code = next(filter(None, (code_in(request, text) for text in texts)), "")
    if code:
        return redirect("scan_label", code=code)
    variant = _printed(request, texts[0]) if picture is None else None
    return redirect(_product_of(variant)) if variant else _refused(request, form if picture is None else CodeForm(), NOT_OURS)


@require_safe
def scan_label(request: HttpRequest, code: str) -> HttpResponse:
    """The page behind a label: its product, in its store. Showing it changes nothing but where the customer is, if that was open."""
    sku = lists.asked(request.GET, "variant")["variant"]
    _refuse_overlong(code)
    try:
        label = labels.read(code)
    except labels.UnknownLabel:
        return render(request, "orders/no_label.html", status=404)
    at = timezone.now()
    if not sku and request.method == "GET":
        _count(request, label, at)
    if here.KEY not in request.session:  # whoever left the store stays out of it until they say otherwise
        here.enter(request, label.store, at=at)
    return _product_at(request, label, code, sku)


def _count(request: HttpRequest, label: ShelfLabel, at: datetime) -> None:
    """Count the scan, once in a visit: a page that is loaded again is no scan."""
    counted = request.session.get(COUNTED, [])
    if label.pk not in counted:
        labels.scanned(label, at=at, by=request.user if request.user.is_authenticated else None)
        request.session[COUNTED] = [*counted, label.pk][-MOST_COUNTED:]


def _printed(request: HttpRequest, text: str) -> Variant | None:
    """The goods of a label whose ten printed characters were typed. They are not signed, so tries are limited and say nothing of a store."""
    code = "".join(codes.clean(text).split())
    if not scans.LABEL_CODE.fullmatch(code):
        return None
    limits.count("printed_code", get_adapter().get_client_ip(request), most=TRIES)
    label = ShelfLabel.objects.select_related("variant__product").filter(code=code, active=True, store__active=True).first()
    return label.variant if label else None


def _product_of(variant: Variant) -> str:
    return f"{reverse('product', args=[variant.product.slug])}?variant={quote(variant.sku)}"


def _product_at(request: HttpRequest, label: ShelfLabel, code: str, sku: str) -> HttpResponse:
    variants = catalogue.variants_of(label.variant.product.slug)
    chosen = next((variant for variant in variants if variant.sku == (sku or label.variant.sku)), None)
    if chosen is None:
        raise Http404("No such variant")
    return product_page.show(request, chosen.product, variants, chosen=chosen, label=label, code=code)


def code_in(request: HttpRequest, text: str) -> str:
    """The signed code in what was scanned or typed: bare, or in an address of our own host. '' for everything else."""
    scan = scans.classify(text, hosts=scans.own_hosts(request.get_host()))
    return scan.text if scan.kind in (scans.Kind.LABEL, scans.Kind.SIGNED) and scans.SIGNED.fullmatch(scan.text) else ""


def _refuse_overlong(code: str) -> None:
    """Raises BadRequest for what is longer than any code."""
    if len(code) > codes.MAX_SCAN:
        raise BadRequest("That is longer than any code.")


def _refused(request: HttpRequest, form: CodeForm, words: str, status: int = 422) -> HttpResponse:
    return render(request, "orders/scan.html", {"form": form, "refusal": words}, status=status)
