"""Categories, products and variants."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from omo import money
from omo.admin import columns
from omo.admin.base import HistoryAdmin, OfficeAdmin, OfficeInline, Sieve
from stores import gs1, needs, pictures, safety_rules
from stores.admin.kept_back import apply_now
from stores.admin.pictures import PictureInline
from stores.models import Category, Product, StockLevel, Variant
from stores.models.catalogue import searchable


class CategoryForm(forms.ModelForm):
    """A category; those it lies in form a tree."""

    def clean_parent(self) -> Category | None:
        """The category it lies in, which does not lie in itself."""
        parent = above = self.cleaned_data["parent"]
        while above is not None:
            if above.pk == self.instance.pk:
                raise forms.ValidationError("A category cannot lie in itself. Choose another one.", code="circle")
            above = above.parent
        return parent


@admin.register(Category)
class CategoryAdmin(OfficeAdmin):
    """The shelves of the catalogue."""

    form = CategoryForm
    list_display = ["name", "parent", "position", "slug", "products"]
    list_select_related = ["parent"]
    search_fields = ["name", "slug"]
    ordering = ("position", "name", "id")
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["parent"]
    most = {"position": 10_000}
    products = columns.list_link("products", to="stores_product", by="category")

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        """Save the category; one that lies elsewhere now may keep back another number of its goods."""
        before = Category.objects.filter(pk=obj.pk).values_list("parent_id", flat=True).first()
        super().save_model(request, obj, form, change)
        if change and before != obj.parent_id and safety_rules.of_categories():
            apply_now(self, request, safety_rules.in_category(obj.pk))


class VariantForm(forms.ModelForm):
    """A variant: a GTIN that checks, or one of our own when there is none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "gtin" in self.fields:
            self.fields["gtin"].required = False
            self.fields["gtin"].widget.attrs["placeholder"] = "from the SKU"

    def clean_gtin(self) -> str:
        """The GTIN; an empty one follows from the SKU, for use in our own stores."""
        gtin = self.cleaned_data["gtin"]
        if not gtin:
            return gs1.restricted_gtin(self.cleaned_data["sku"]) if self.cleaned_data.get("sku") else ""
        if gtin.isascii() and gtin.isdigit() and len(gtin) in (8, 12, 13, 14) and not gs1.is_gtin(gtin):
            raise forms.ValidationError(f"The check digit of this GTIN is wrong: after {gtin[:-1]} comes {gs1.check_digit(gtin[:-1])}.", code="check_digit")
        return gtin


class VariantInline(OfficeInline):
    """What of the product is priced, stocked and sold."""

    model = Variant
    form = VariantForm
    fields = ["sku", "colour", "size", "price", "active", "gtin", "tint", "position"]
    money_fields = ("price",)
    most = {"position": 10_000}
    show_change_link = True


class LacksVariants(Sieve):
    """Products that cannot be bought."""

    title = "what is missing"
    parameter_name = "lacks"
    sets = {"variants": ("A variant on sale", lambda products: products.filter(pk__in=needs.without_variants()))}


@admin.register(Product)
class ProductAdmin(HistoryAdmin):
    """The catalogue."""

    inlines = [VariantInline, PictureInline]
    list_display = ["name", "brand", "category", "prices", "variants", "active"]
    list_filter = ["active", LacksVariants, "category"]
    list_select_related = ["category"]
    search_fields = ["search_text", "variants__sku"]
    search_help_text = "Words of the name, brand or summary, or a whole SKU or GTIN"
    sortable_by = ["name"]
    ordering = ("name", "id")
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["category"]
    also_saves = ("search_text",)
    fieldsets = [
        (None, {"fields": ["name", "brand", "category", "summary", "description", "active"]}),
        ("On the page", {"fields": ["slug", "drawing"]}),
    ]

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        """Save the product; in another category another number of it may be kept back."""
        before = Product.objects.filter(pk=obj.pk).values_list("category_id", flat=True).first()
        super().save_model(request, obj, form, change)
        if change and before != obj.category_id and safety_rules.of_categories():
            apply_now(self, request, StockLevel.objects.filter(variant__product=obj))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """The page; 413 if it comes again with a picture that is too large."""
        answer = super().render_change_form(request, context, *args, **kwargs)
        files: Any = request.FILES.values()
        if any(file.size > pictures.MOST_BYTES for file in files):
            answer.status_code = 413
        return answer

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        """With the variants, whose prices the list shows."""
        return super().get_queryset(request).prefetch_related("variants")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """As customers find them, and by SKU and GTIN."""
        words = searchable(search_term).split()[:8]
        exact = Variant.objects.filter(Q(sku__in=[search_term.strip(), search_term.strip().upper()]) | Q(gtin=search_term.strip()))
        texts = Q(*(Q(search_text__contains=word) for word in words))
        return (queryset.filter(texts | Q(pk__in=exact.values("product"))) if words else queryset), False

    @admin.display(description="price")
    def prices(self, product: Product) -> str:
        """The range of the variants' list prices."""
        prices = sorted({variant.price for variant in product.variants.all()})
        return "–".join(money.words(price) for price in ([prices[0], prices[-1]] if len(prices) > 1 else prices)) or columns.NOTHING

    @admin.display(description="variants")
    def variants(self, product: Product) -> int:
        """How many there are."""
        return len(product.variants.all())


class LacksPrice(Sieve):
    """Variants that would be given away."""

    title = "what is missing"
    parameter_name = "lacks"
    sets = {"price": ("A price", lambda variants: variants.filter(pk__in=needs.for_nothing()))}


@admin.register(Variant)
class VariantAdmin(HistoryAdmin):
    """What is priced, stocked and sold."""

    form = VariantForm
    list_display = ["sku", "product", "words", "price_words", "gtin", "active"]
    list_filter = ["active", LacksPrice]
    list_select_related = ["product"]
    search_fields = ["sku", "gtin", "product__name"]
    search_help_text = "A part of the SKU, GTIN or product name"
    sortable_by = ["sku"]
    autocomplete_fields = ["product"]
    money_fields = ("price",)
    most = {"position": 10_000}
    readonly_fields = ["stock", "movements"]
    fieldsets = [
        (None, {"fields": ["product", "sku", "gtin", "price", "active"]}),
        ("On the page", {"fields": ["colour", "size", "tint", "position"]}),
        ("More about this variant", {"fields": ["stock", "movements"]}),
    ]
    price_words = columns.money("price", "price")
    stock = columns.list_link("stock levels", to="stores_stocklevel", by="variant")
    movements = columns.list_link("stock movements", to="stores_stockmovement", by="variant")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        """With the product, whose name every line says."""
        return super().get_queryset(request).select_related("product")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new variant has nothing to link to."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else fieldsets[:-1]
