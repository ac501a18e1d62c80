"""Importing a catalogue: everything, once, or nothing and a list of what is wrong."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from omo.models import Event
from stores import catalogue_import, gs1, stock
from stores.catalogue_import import Report, Source
from stores.models import Category, Product, StockLevel, StockMovement, Store, Variant
from tests import factories
from tests.complete_journey import JOURNEYS
from tests.factories import NOON

pytestmark = pytest.mark.django_db

COAT = """sku,name,brand,department,category,size,price,product,colour,tint,summary,drawing
TC-PM,Tide waxed coat,Harbour & Pine,Clothes,Coats,M,189,tide,Pine,#3f5f4c,"Waxed cotton, wool lining",coat
TC-PL,,,,,L,189.00,tide,Pine,#3f5f4c,,
TC-SM,Tide waxed coat,,,,M,179.5,tide,Sand,#d8c8ab,,
"""


def bring(dry_run: bool = False, stock_of: str = "", **files: str | bytes) -> Report:
    """Import these texts."""
    sources = {kind: Source(f"{kind}.csv", text.encode() if isinstance(text, str) else text) for kind, text in files.items()}
    return catalogue_import.run(**sources, dry_run=dry_run, stock_of=stock_of, by=None, at=NOON)


def problems(report: Report) -> list[str]:
    """What is wrong, in words."""
    return [str(problem) for problem in report.problems]


def test_rows_with_one_product_word_are_its_variants():
    report = bring(products=COAT)
    assert problems(report) == []
    coat = Product.objects.get()
    assert (coat.name, coat.slug, coat.brand, coat.summary, coat.drawing) == (
        "Tide waxed coat",
        "tide-waxed-coat",
        "Harbour & Pine",
        "Waxed cotton, wool lining",
        "coat",
    )
    assert (coat.category.name, coat.category.parent.name) == ("Coats", "Clothes")
    assert [(variant.sku, variant.words, variant.price) for variant in coat.variants.all()] == [
        ("TC-PM", "Pine, M", 18900),
        ("TC-PL", "Pine, L", 18900),
        ("TC-SM", "Sand, M", 17950),
    ]
    assert coat in Product.objects.matching("waxed WOOL")


def test_a_gtin_is_kept_as_given_and_made_where_there_is_none():
    bring(products="sku,name,category,price,ean\nA1,Mug,Kitchen,5,0000012345670\nA2,Cup,Kitchen,5,\n")
    assert Variant.objects.get(sku="A1").gtin == "0000012345670"
    assert Variant.objects.get(sku="A2").gtin == gs1.restricted_gtin("A2")


def test_a_wrong_check_digit_is_named_and_the_barcode_kept():
    bring(products="sku,name,category,price\nA1,Mug,Kitchen,5\n")
    report = bring(products="sku,jan\nA1,0490123456789\n")
    assert [str(warning) for warning in report.warnings] == ["products.csv, line 2: gtin 0490123456789 has a wrong check digit: a scanner will not read it."]
    assert Variant.objects.get().gtin == "0490123456789"


def test_formulas_are_only_letters():
    bring(products="sku,name,category,price\nA1,=1+1,Kitchen,5\nA2,@SUM(A1),Kitchen,5\nA3,+81-90-1234-5678,Kitchen,5\nA4,-5,Kitchen,5\n")
    assert list(Product.objects.order_by("pk").values_list("name", flat=True)) == ["=1+1", "@SUM(A1)", "+81-90-1234-5678", "-5"]


def test_a_name_in_any_script_has_an_address():
    bring(products="sku,name,category,price\nA1,波の湯のみ,台所,5\nA2,波の湯のみ,台所,6\n")
    assert Product.objects.values("slug").distinct().count() == 2
    assert Category.objects.get().name == "台所"


@pytest.mark.parametrize(("encoding", "codec"), [("shift_jis", "cp932"), ("utf-16", "utf-16"), ("utf-8", "utf-8-sig")])
def test_another_encoding_can_be_chosen(encoding, codec):
    source = Source("p.csv", "sku,name,category,price\nA1,日本,台所,5\n".encode(codec), encoding)
    assert problems(catalogue_import.run(products=source, by=None, at=NOON)) == []
    assert Product.objects.get().name == "日本"


def test_columns_that_are_not_in_the_file_stay_as_they_are():
    bring(products=COAT)
    assert bring(products="sku,price\nTC-PM,199\n").counts["products"] == catalogue_import.Counts(changed=1)
    changed = Variant.objects.get(sku="TC-PM")
    assert (changed.price, changed.words, changed.product.name) == (19900, "Pine, M", "Tide waxed coat")
    assert [row.price for row in changed.history.all()] == [19900, 18900]


def test_the_same_files_twice_change_nothing():
    files = {"products": COAT, "stores": "store,name,city\nharbour,Harbour,Dublin\n", "stock": "store,sku,qty\nharbour,TC-PM,4\nharbour,TC-PL,0\n"}
    bring(**files)
    before = _everything()
    report = bring(**files)
    assert [(counts.added, counts.changed) for counts in report.counts.values()] == [(0, 0)] * 3
    assert _everything() == before


def test_stock_is_what_the_file_says_with_a_movement_for_the_difference():
    place, mug = factories.store(), factories.stocked(factories.store(), 10, sku="MUG")
    bring(stock="store,sku,quantity\nharbour,MUG,7\n")
    assert StockLevel.objects.get(store=place, variant=mug).on_hand == 7
    assert list(StockMovement.objects.order_by("id").values_list("kind", "quantity")) == [("received", 10), ("counted", -3)]


def test_stock_below_what_is_promised_is_refused():
    place, mug = factories.store(), factories.stocked(factories.store(), 10, sku="MUG")
    stock.allocate(place.pk, {mug.pk: 3}, reference="fulfilment:1", by=None, at=factories.NOON)
    before = _everything()
    report = bring(stock="sku,qty\nMUG,2\n", stock_of="harbour")
    assert problems(report) == ["stock.csv, line 2: SKU MUG in store harbour would have 2, but 3 are promised to placed orders."]
    assert _everything() == before


def test_a_dry_run_says_what_would_change_and_changes_nothing():
    before = _everything()
    report = bring(dry_run=True, products=COAT, stores="store\n292\n", stock="store,sku,qty\n292,TC-PM,4\n")
    assert report.counts["products"].added == 3
    assert report.counts["stores"].added == 1
    assert report.counts["stock"].changed == 1
    assert _everything() == before


def test_one_wrong_row_keeps_all_rows_out():
    before = _everything()
    report = bring(products=COAT + "X1,Scarf,,Clothes,Scarves,,12.345,,,,,\n", stores="store\nharbour\n")
    assert problems(report) == ["products.csv, line 5: price is '12.345'. Write an amount such as 12.50, with at most 2 decimals."]
    assert _everything() == before


def test_the_report_ends_after_a_hundred_problems_and_says_how_many_more():
    report = bring(products="sku,name,category,price\n" + "".join(f"A{number},Mug,Kitchen,x\n" for number in range(130)))
    assert (len(problems(report)), report.problems.more) == (100, 30)


def test_a_store_is_made_and_changed_by_its_code():
    row = "harbour,Harbour,Europe/Dublin,4 Harbour Quay,D01 H4R8,Dublin,+353 1 555 0142,53.3498053,-6.2603097,yes"
    bring(stores=f"code,name,time_zone,street,postcode,city,phone,latitude,longitude,pickup\n{row}\n")
    harbour = Store.objects.get()
    assert (harbour.code, harbour.street, str(harbour.latitude), harbour.pickup) == ("harbour", "4 Harbour Quay", "53.349805", True)
    bring(stores="store,pickup\nharbour,no\n292,\n")
    harbour.refresh_from_db()
    assert (harbour.name, harbour.pickup) == ("Harbour", False)
    assert Store.objects.get(code="292").name == "Store 292"


def test_the_command_reports_and_exits_with_an_error(tmp_path):
    (tmp_path / "p.csv").write_text("sku,name,category,price\nA1,Mug,Kitchen,5\nA1,Cup,Kitchen,5\n")
    with pytest.raises(CommandError, match=r"^p.csv, line 3: sku A1 is also in line 2.\nNothing was changed.$") as failure:
        call_command("import_catalogue", products=tmp_path / "p.csv", stdout=StringIO())
    assert failure.value.returncode == 1
    with pytest.raises(CommandError, match="Name at least one file"):
        call_command("import_catalogue")
    with pytest.raises(CommandError, match=r"q.csv cannot be read: No such file"):
        call_command("import_catalogue", products=tmp_path / "q.csv")
    assert not Product.objects.exists()


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_real_grocers_catalogue_goes_in_and_twice_changes_nothing(journey):
    files = {"products": journey.folder / "products.csv", "stores": journey.folder / "stores.csv"}
    out = StringIO()
    call_command("import_catalogue", **files, stdout=out)
    assert out.getvalue().splitlines() == [
        f"products  {journey.products:,} added, 0 changed, 0 unchanged",
        f"stores    {journey.stores} added, 0 changed, 0 unchanged",
    ]
    assert Variant.objects.count() == Variant.history.count() == Product.history.count() == journey.products
    cereal = Variant.objects.select_related("product__category__parent").get(sku="1029743")
    assert (cereal.product.name, cereal.size, cereal.price) == ("Fluid Milk White Only", "1 GA", 269)
    assert (cereal.product.category.name, cereal.product.category.parent.name) == ("FLUID MILK PRODUCTS", "GROCERY")
    assert all(gs1.is_gtin(gtin) for gtin in Variant.objects.values_list("gtin", flat=True))
    before = _everything()
    call_command("import_catalogue", **files, stdout=StringIO())
    assert _everything() == before


def _everything() -> dict[str, list[tuple]]:
    """What an import could write."""
    models = [Category, Product, Variant, Store, StockLevel, StockMovement, Event, Product.history.model, Variant.history.model, Store.history.model]
    return {model.__name__: sorted(model.objects.order_by().values_list(), key=repr) for model in models}
