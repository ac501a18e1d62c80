"""Search that does not slow down with the catalogue: trigram indexes where PostgreSQL has them, an index by price, and katakana kept as hiragana."""

import sys

from django.db import migrations, models, transaction
from django.db.utils import DatabaseError

KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in [*range(0x30A1, 0x30F7), 0x30FD, 0x30FE]}
INDEXES = {"product_search": "stores_product", "place_search": "stores_place"}
ADVICE = """  Search works without it, but slows down with the catalogue: the extension pg_trgm is not there and this role may not create it.
  As a superuser of this database run CREATE EXTENSION pg_trgm, then as this role:"""


def add_trigrams(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        schema = _schema_of_trigrams(cursor)
        if schema is None:
            try:
                with transaction.atomic(using=connection.alias):
                    cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            except DatabaseError:  # no right to, or not installed on the server
                statements = [f"  {_statement(name, table, 'public')};" for name, table in INDEXES.items()]
                print("\n".join(["", ADVICE, *statements]), file=sys.stderr)
                return
            schema = _schema_of_trigrams(cursor)
        for name, table in INDEXES.items():
            cursor.execute(_statement(name, table, connection.ops.quote_name(schema)))


def _schema_of_trigrams(cursor):
    cursor.execute("SELECT nspname FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'pg_trgm'")
    row = cursor.fetchone()
    return row[0] if row else None


def _statement(name, table, schema):
    return f"CREATE INDEX IF NOT EXISTS {name} ON {table} USING gin (search_text {schema}.gin_trgm_ops)"


def drop_trigrams(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


def fold_kana(apps, schema_editor):
    for name in ("Product", "Place"):
        model = apps.get_model("stores", name)
        found = model.objects.using(schema_editor.connection.alias).filter(search_text__regex="[ァ-ヶヽヾ]").only("search_text").order_by("pk")
        portion = []
        for row in found.iterator(chunk_size=500):
            row.search_text = row.search_text.translate(KATAKANA_TO_HIRAGANA)
            portion.append(row)
        model.objects.using(schema_editor.connection.alias).bulk_update(portion, ["search_text"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("stores", "0004_opening_entries")]

    operations = [
        migrations.AddIndex("variant", models.Index(fields=["price", "product"], name="variant_by_price", condition=models.Q(active=True))),
        migrations.RunPython(add_trigrams, drop_trigrams),
        migrations.RunPython(fold_kana, migrations.RunPython.noop),
    ]
