"""Suggestions while somebody types, and what a search finds."""

import uuid
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection

from stores import catalogue
from stores.models import Category, Product
from tests import factories
from tests.orders.shopping import product, text

pytestmark = pytest.mark.django_db
SEARCH = "/search/"


def suggested(client, words):
    return [one.name for one in client.get(SEARCH, {"q": words}).context["found"].products]


def found(words):
    return [one.name for one in catalogue.on_shelf(words=words).order_by("name")]


@pytest.mark.parametrize("words", ["mug", "MUG", "tide mug", "mug tide", "ｍｕｇ", "mü"])
def test_words_are_found_in_any_order_case_and_width(client, words):
    factories.variant(product=product("Low tide mug"))
    factories.variant(product=product("Wool blanket"))
    assert suggested(client, words) == ["Low tide mug"]


@pytest.mark.parametrize("words", ["さんだる", "サンダル", "ｻﾝﾀﾞﾙ", "木", "木の サンダル", "サンダ"])
def test_japanese_is_found_in_every_way_of_writing_it(client, words):
    shelf = Category.objects.create(slug="shoes", name="靴")
    for slug, name in (("sandals", "木のサンダル"), ("boots", "革のブーツ")):
        factories.variant(product=Product.objects.create(slug=slug, name=name, category=shelf))
    assert suggested(client, words) == ["木のサンダル"]


def test_a_sku_or_gtin_finds_its_product_if_it_is_whole(client):
    blue = factories.variant("BLUE-7", product=product("Low tide mug"))
    factories.variant("RED-1", product=product("Wool blanket"))
    for code in ("BLUE-7", "blue-7", "ＢＬＵＥ-7", blue.gtin, f" {blue.gtin} "):
        assert suggested(client, code) == ["Low tide mug"]
    assert suggested(client, "BLUE-") == []
    assert suggested(client, blue.gtin[:-1]) == []


def test_the_name_of_a_category_finds_what_lies_in_it():
    clothes = Category.objects.create(slug="clothes", name="Clothes")
    Category.objects.create(slug="coats", name="Coats", parent=clothes)
    factories.variant(product=product("Waxed pine", category="coats"))
    factories.variant(product=product("Pine mug"))
    assert found("coats") == found("clothes pine") == ["Waxed pine"]
    assert found("pine") == ["Pine mug", "Waxed pine"]


def test_categories_are_suggested_too(client):
    Category.objects.create(slug="coats", name="Coats")
    assert [one.name for one in client.get(SEARCH, {"q": "coa"}).context["found"].categories] == ["Coats"]
    assert "?category=coats" in text(client, SEARCH + "?q=coa")


def test_names_that_begin_so_come_first(client):
    for name in ("Apron with mug", "Mug", "Mug rack"):
        factories.variant(product=product(name))
    assert suggested(client, "mug") == ["Mug", "Mug rack", "Apron with mug"]


def test_one_letter_suggests_nothing_and_six_is_the_most(client):
    for number in range(9):
        factories.variant(product=product(f"Mug {number}"))
    assert suggested(client, "m") == suggested(client, "") == suggested(client, "  ") == []
    assert len(suggested(client, "mu")) == 6


def test_what_is_not_sold_is_not_suggested(client):
    factories.variant(product=product("Old jug", active=False))
    factories.variant(product=product("Older jug"), active=False)
    assert suggested(client, "jug") == []


@pytest.mark.parametrize("wild", ["%", "_", "%%", "m%g", "m_g", "\\", "mug\\", "'", '"', "mug' OR '1'='1", "*", "́́", "🙂", "ー"])
def test_no_sign_is_a_wildcard_or_an_error(client, wild):
    factories.variant(product=product("Mug"))
    assert suggested(client, wild) == []
    assert found(wild) == []


def test_the_list_is_a_part_of_a_page_and_names_itself_for_the_swap(client):
    factories.variant(product=product("Mug <b>"), price=1250)
    part = text(client, SEARCH + "?q=mug")
    assert part.lstrip().startswith('<div class="suggestions" id="suggestions" role="listbox"')
    assert 'data-announce="1 suggestion"' in part
    assert "Mug &lt;b&gt;" in part
    assert "€12.50" in part
    assert 'data-announce="No suggestions"' in text(client, SEARCH + "?q=nothing")


@pytest.mark.parametrize("query", ["q=a&q=b", "x=1", "q=%00", "q=" + "a" * 201])
def test_questions_that_the_list_does_not_know_are_refused(client, query):
    text(client, f"{SEARCH}?{query}", 400)


@pytest.mark.parametrize("many", [1, 40])
def test_suggestions_cost_two_statements(client, django_assert_num_queries, many):
    for number in range(many):
        factories.variant(product=product(f"Mug {number}"))
    text(client, SEARCH + "?q=mug")  # the categories are remembered from here on
    with django_assert_num_queries(2):
        text(client, SEARCH + "?q=mug")


def test_pages_have_the_search_field_and_its_list(client):
    for address in ("/", "/products/"):
        page = text(client, address)
        assert 'data-hx-get="/search/"' in page
        assert page.count('id="suggestions"') == 1
        assert 'action="/products/"' in page


# The index, and what was kept before it


@pytest.mark.postgresql
def test_a_rare_word_is_found_by_the_index():
    category = Category.objects.create(slug="home", name="Home")
    Product.objects.bulk_create(Product(name=f"Thing {n}", slug=f"thing-{n}", category=category, search_text=f"thing {n}") for n in range(3000))
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('product_search')")
        cursor.execute("ANALYZE stores_product")
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Product.objects.on_sale().filter(catalogue._saying("2718") | catalogue._coded("2718")).explain()
    assert "product_search" in plan


@pytest.mark.postgresql
def test_a_role_that_may_not_make_the_extension_is_told_how_and_goes_on_without(capsys):
    migration, editor = import_module("stores.migrations.0005_search"), SimpleNamespace(connection=connection)
    role = f"omo_{uuid.uuid4().hex}"
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")
        cursor.execute(f"CREATE ROLE {role}")
        cursor.execute(f"SET LOCAL ROLE {role}")
        migration.add_trigrams(None, editor)
        assert "CREATE EXTENSION pg_trgm" in capsys.readouterr().err
        cursor.execute("RESET ROLE")
        for _ in range(2):  # also where the extension and the indexes are there already
            migration.add_trigrams(None, editor)
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname IN ('product_search', 'place_search')")
        assert cursor.fetchone() == (2,)
    assert capsys.readouterr().err == ""


@pytest.mark.django_db(transaction=True)
def test_katakana_that_was_kept_is_folded_by_the_migration_and_it_can_be_taken_back():
    call_command("migrate", "stores", "0004", verbosity=0)
    try:
        category = Category.objects.create(slug="home", name="Home")
        Product.objects.bulk_create([Product(name="サンダル", slug="sandal", category=category, search_text="サンダル new")])
    finally:
        call_command("migrate", verbosity=0)
    assert Product.objects.get(slug="sandal").search_text == "さんだる new"
