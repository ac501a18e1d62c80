from django.db import migrations
from django.utils import timezone

from omo.append_only import keep_append_only


def enter_what_is_allocated(apps, _schema_editor):
    """What was promised before promises had movements gets one, so that the sums agree from here on."""
    levels = apps.get_model("stores", "StockLevel").objects.filter(allocated__gt=0)
    movements = apps.get_model("stores", "StockMovement").objects
    at = timezone.now()
    movements.bulk_create(
        [
            movements.model(store_id=level.store_id, variant_id=level.variant_id, kind="allocated", allocated=level.allocated, reference="opening entry", at=at)
            for level in levels.iterator()
        ],
        batch_size=500,
    )


def enter_what_is_kept_back(apps, _schema_editor):
    """Safety stock that was set before it had a ledger gets its first row there."""
    at = timezone.now()
    entries = apps.get_model("stores", "KeptBack").objects
    levels = apps.get_model("stores", "StockLevel").objects.filter(safety_stock__gt=0)
    entries.bulk_create(
        [entries.model(level=level, safety_stock=level.safety_stock, buffer=0, distrusted=False, why="opening entry", at=at) for level in levels.iterator()],
        batch_size=500,
    )


class Migration(migrations.Migration):
    """Allocations become movements; what is kept back is never edited."""

    dependencies = [("stores", "0003_stock_and_promise")]

    operations = [
        keep_append_only("stores_keptback"),
        migrations.RunPython(enter_what_is_allocated, migrations.RunPython.noop),
        migrations.RunPython(enter_what_is_kept_back, migrations.RunPython.noop),
    ]
