"""Which goods a scanned or typed text stands for. Addresses are taken apart, never opened."""

import re
import unicodedata
from collections.abc import Collection
from urllib.parse import urlsplit

from django.conf import settings

from omo import codes
from stores import gs1, labels
from stores.models import Product, ShelfLabel, Store, Variant
from stores.models.catalogue import searchable

AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
"""The symbology identifier that some scanners send first (ISO/IEC 15424)."""
LABEL_CODE = re.compile(f"[{codes.ALPHABET}]{{10}}")
MOST = 20


def tidy(raw: str) -> str:
    """The text without what scanners and keyboards add: control characters, symbology identifiers, wide or other scripts' digits."""
    text = codes.CONTROL.sub("", unicodedata.normalize("NFKC", raw))
    text = "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text)
    return AIM.sub("", text.strip()).strip()


def own_hosts(*also: str) -> set[str]:
    """The hosts whose addresses are ours."""
    return {urlsplit(settings.SITE_URL).netloc.lower(), *(host.lower() for host in also)}


def goods_of(raw: str, *, store: Store, hosts: Collection[str]) -> Variant | None:
    """The variant of a scan at a store: by the address or the code of a shelf label, by SKU or by GTIN. `hosts` are ours. Reads only."""
    text = tidy(raw) if len(raw) <= codes.MAX_SCAN else ""
    if not text:
        return None
    signed = _signed_label(text, hosts)
    if signed:
        try:
            return labels.read(signed).variant
        except labels.UnknownLabel:
            return None
    found = variant_of("".join(text.split()))
    if found or not LABEL_CODE.fullmatch(text.upper()):
        return found
    label = ShelfLabel.objects.select_related("variant__product__category").filter(code=text.upper(), store=store, active=True).first()
    return label.variant if label else None


def variant_of(text: str) -> Variant | None:
    """The variant with this SKU or GTIN; a GTIN is found with and without leading zeros."""
    found = Variant.objects.select_related("product__category")
    by_sku = found.filter(sku__in={text, text.upper(), text.lower()}).first()
    if by_sku or not gs1.is_gtin(text):
        return by_sku
    bare = text.lstrip("0")
    return found.filter(gtin__in={text, *(bare.zfill(length) for length in (8, 12, 13, 14))}).first()


def goods_like(words: str) -> list[Variant]:
    """Variants on sale whose product's text holds every word."""
    products = Product.objects.on_sale().matching(words) if searchable(words) else Product.objects.none()
    return list(Variant.objects.filter(active=True, product__in=products).select_related("product").order_by("product__name", "position", "id")[:MOST])


def _signed_label(text: str, hosts: Collection[str]) -> str:
    """What follows /q/ in an address of ours, or the signed code itself; '' for everything else."""
    bare = "".join(text.split())
    if re.fullmatch(r"[0-9A-Z]{10}\.[0-9A-Z]{16}", bare.upper()):
        return bare.upper()
    try:
        url = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        return ""
    ours = url.scheme.lower() in ("http", "https") and url.netloc.lower() in hosts and url.path.lower().startswith("/q/")
    return url.path[3:].strip("/").upper() if ours else ""
