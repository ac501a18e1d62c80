"""Categories, products and their variants."""

import unicodedata
from typing import Any

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in [*range(0x30A1, 0x30F7), 0x30FD, 0x30FE]}


def searchable(*texts: str) -> str:
    """The texts as one line for searching: compatibility-normalised (full-width and half-width forms meet), without case or accents on Latin letters, and
    with katakana as hiragana, because people type what their keyboard offers first.
    """
    text = " ".join(text for text in texts if text)
    for _ in range(2):  # what a compatibility form stands for may be a capital letter, and what a letter folds to may be a compatibility form
        text = unicodedata.normalize("NFKD", text.casefold())
    latin = "".join(mark for mark in text if not "\u0300" <= mark <= "\u036f")
    return " ".join(unicodedata.normalize("NFC", latin).translate(KATAKANA_TO_HIRAGANA).split())


class Category(models.Model):
    """A shelf of the catalogue, such as 'Shoes'; a category may lie in another."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=100, unique=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    """Sets of products in the business's words."""

    def on_sale(self) -> "ProductQuerySet":
        """What customers may see and buy."""
        return self.filter(active=True)

    def matching(self, words: str) -> "ProductQuerySet":
        """Products whose text holds every word; % and _ are plain characters."""
        products = self
        for word in searchable(words).split()[:8]:
            products = products.filter(search_text__contains=word)
        return products


class Product(models.Model):
    """What a shopper thinks of as one thing; its variants are what is priced, stocked and sold."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    brand = models.CharField(max_length=60, blank=True)
    summary = models.CharField(max_length=140, blank=True, help_text="one line, such as 'Waxed cotton, wool lining'")
    description = models.TextField(blank=True)
    drawing = models.SlugField(max_length=30, blank=True, help_text="the drawing shown while there is no photo, such as 'coat'")
    active = models.BooleanField("on sale", default=True)
    search_text = models.TextField(editable=False, default="")
    history = HistoricalRecords(excluded_fields=["search_text"])

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["name", "id"], name="product_list", condition=models.Q(active=True)),
            models.Index(fields=["category", "name", "id"], name="product_category_list", condition=models.Q(active=True)),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the searchable text up to date. SKUs are searched for in Variant."""
        self.search_text = searchable(self.name, self.brand, self.summary)
        super().save(*args, **kwargs)


class Variant(models.Model):
    """One size and colour of a product, with its SKU, GTIN and list price in minor units."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    sku = models.CharField(
        "SKU", max_length=40, unique=True, validators=[RegexValidator(r"^[A-Za-z0-9._-]+$", "A SKU has letters, digits, '.', '_' and '-' only.")]
    )
    gtin = models.CharField("GTIN", max_length=14, unique=True, validators=[RegexValidator(r"^\d{8}$|^\d{12,14}$", "A GTIN has 8, 12, 13 or 14 digits.")])
    size = models.CharField(max_length=30, blank=True)
    colour = models.CharField(max_length=30, blank=True)
    tint = models.CharField(max_length=7, blank=True, validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", "A tint is like #3f5f4c.")])
    price = models.BigIntegerField("list price", validators=[MinValueValidator(0)], help_text="in minor units")
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField("on sale", default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "id"]
        indexes = [
            models.Index(fields=["price", "product"], name="variant_by_price", condition=models.Q(active=True)),
            # Each serves both ways of narrowing a list: the few variants of a rare kind, and whether the next product of the list has a common one.
            models.Index(fields=["colour", "size", "product", "price"], name="variant_colour", condition=models.Q(active=True)),
            models.Index(fields=["size", "product", "price"], name="variant_size", condition=models.Q(active=True)),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(price__gte=0), name="price_not_negative")]

    def __str__(self) -> str:
        return f"{self.product.name} {self.words}".strip()

    @property
    def words(self) -> str:
        """The variant's own part of its name: 'Pine, M'."""
        return ", ".join(filter(None, [self.colour, self.size]))
