"""The shop of the growth run: `python -m tests.benchmarks.growth_shop <products>` fills the database of the environment.

It prints what the measuring process needs, as JSON: the cookies of a visitor and the statements of each kind of page. Every product has two variants, and
every store has half of them.
"""

import json
import sys
from typing import Any

import django
from django.core.management import call_command
from django.db import connection, reset_queries
from django.test import Client

STORES, CATEGORIES = 50, 40
PAGES = 60
WORDS = "harbour pine tide linen wool quay drift skein market fjord ember ridge meadow slate copper willow".split()
COLOURS = "Berry Camel Chalk Clay Fog Moss Navy Pine Rust Sand".split()
SEED = f"""
CREATE TEMP TABLE word AS SELECT ARRAY[{", ".join(f"'{word}'" for word in WORDS)}] AS w, ARRAY[{", ".join(f"'{colour}'" for colour in COLOURS)}] AS c;
INSERT INTO stores_store (id, code, name, gln, time_zone, street, postcode, city, phone, directions, pickup, lead_minutes, slot_minutes, slot_spacing,
        window_days, hold_days, busy_minutes, paused_reason, busy_reason, pay_in_store, delivers, bays, active)
    SELECT n, 'bench-' || n, 'Bench ' || n, '', 'Europe/Dublin', 'Quay ' || n, '', 'Dublin', '', '', true, 60, 30, 30, 7, 3, 15, '', '', true, false, 0, true
    FROM generate_series(1, {STORES}) n;
INSERT INTO stores_openinghours (store_id, weekday, opens, closes) SELECT s, d, '00:00', '23:59' FROM generate_series(1, {STORES}) s, generate_series(0, 6) d;
INSERT INTO stores_category (id, name, slug, position) SELECT n, 'Shelf ' || n, 'shelf-' || n, n FROM generate_series(1, {CATEGORIES}) n;
INSERT INTO stores_product (id, name, slug, category_id, brand, summary, description, drawing, active, search_text)
    SELECT n, name, 'product-' || n, n % {CATEGORIES} + 1, 'Skein', 'Waxed cotton', '', 'coat', true, lower(name) || ' skein waxed cotton'
    FROM (SELECT n, initcap(w[1 + abs(hashint4(n)) % 16]) || ' ' || w[1 + abs(hashint4(-n)) % 16] || ' ' || n AS name
        FROM generate_series(1, %(products)s) n, word) named;
INSERT INTO stores_variant (id, product_id, sku, gtin, size, colour, tint, price, position, active)
    SELECT v, (v + 1) / 2, 'G' || v, lpad(v::text, 13, '0'), CASE v % 2 WHEN 0 THEN 'M' ELSE 'L' END,
        c[1 + abs(hashint4(v)) % 10], '#3f5f4c', 500 + abs(hashint4(-v)) % 9000, v % 2, true
    FROM generate_series(1, 2 * %(products)s) v, word;
INSERT INTO stores_stocklevel (store_id, variant_id, on_hand, allocated, safety_stock, buffer)
    SELECT s, v, abs(hashint4(v * 50 + s)) % 9, 0, 0, 0 FROM generate_series(1, 2 * %(products)s) v, generate_series(1, {STORES}) s WHERE (v / 2 + s) % 2 = 0;
"""


def addresses(products: int) -> dict[str, list[str]]:
    """PAGES addresses of each kind, spread evenly over the catalogue."""
    spread = [1 + n * (products - 1) // (PAGES - 1) for n in range(PAGES)]
    pairs = [(WORDS[n % 16], WORDS[(n * 5 + 3) % 16]) for n in range(PAGES)]
    return {
        "list": [f"/products/?category=shelf-{1 + n % CATEGORIES}&utm_term={n}" for n in range(PAGES)],
        "whole list": [f"/products/?utm_term={n}" for n in range(PAGES)],
        "list, cheapest first": [f"/products/?order=price&utm_term={n}" for n in range(PAGES)],
        "list, size, colour and price": [f"/products/?size=M&colour={COLOURS[n % 10]}&least=10&most=60&utm_term={n}" for n in range(PAGES)],
        "list, a kind that nothing is of": [f"/products/?size=XXL&colour={COLOURS[n % 10]}&utm_term={n}" for n in range(PAGES)],
        "list, to be had here": [f"/products/?here=yes&category=shelf-{1 + n % CATEGORIES}" for n in range(PAGES)],
        "search, common words": [f"/products/?q={one}+{other}" for one, other in pairs],
        "search, a rare word": [f"/products/?q={n}" for n in spread],
        "search, nothing there": [f"/products/?q={one}+zzz{n}" for n, (one, _) in enumerate(pairs)],
        "suggestions": [f"/search/?q={one}+{other}" for one, other in pairs],
        "product page": [f"/products/product-{n}/" for n in spread],
    }


def prepare(products: int) -> None:
    """Fill the database."""
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET synchronous_commit = off")
        for statement in SEED.split(";\n"):
            if statement.strip():
                cursor.execute(statement.replace("%(products)s", str(products)))
        cursor.execute("VACUUM ANALYZE")


def statements(cookies: dict[str, str], products: int) -> dict[str, int]:
    """How many statements a page of each kind takes."""
    client, counts = Client(SERVER_NAME="127.0.0.1"), {}
    client.cookies.load(cookies)
    connection.force_debug_cursor = True
    for kind, paths in addresses(products).items():
        for path in paths[:3]:  # what pages remember for a minute is remembered by the second
            reset_queries()
            assert client.get(path).status_code == 200, path
            counts[kind] = len(connection.queries)
    return counts


def main(products: int) -> dict[str, Any]:
    """Fill it, and say what is needed."""
    prepare(products)
    cookies = people.visitor(1).cookies
    return {"cookies": cookies, "statements": statements(cookies, products)}


if __name__ == "__main__":
    django.setup()
    from tests.benchmarks import people

    print(json.dumps(main(int(sys.argv[1]))))
