from django.db import migrations
from django.db.models import Sum
from django.utils import timezone

from omo.append_only import keep_append_only


def enter_what_is_allocated(apps, _schema_editor):
    """What was promised before promises had movements gets one, so that the sums agree from here on. After a way back they do already."""
    movements = apps.get_model("stores", "StockMovement").objects
    moved = movements.order_by().values_list("store_id", "variant_id").annotate(Sum("allocated"))
    entered = {(store_id, variant_id): units for store_id, variant_id, units in moved}
    promised = apps.get_model("stores", "StockLevel").objects.values_list("store_id", "variant_id", "allocated")
    missing = [(*goods, allocated - entered.get(tuple(goods), 0)) for *goods, allocated in promised.iterator()]
    at = timezone.now()
    movements.bulk_create(
        [
            movements.model(store_id=store_id, variant_id=variant_id, kind="allocated", allocated=units, reference="opening entry", at=at)
            for store_id, variant_id, units in missing
            if units
        ],
        batch_size=500,
    )


def enter_what_is_kept_back(apps, _schema_editor):
    """Safety stock that was set before it had a ledger gets its first row there. After a way back it has its rows already."""
    at = timezone.now()
    entries = apps.get_model("stores", "KeptBack").objects
    levels = apps.get_model("stores", "StockLevel").objects.filter(safety_stock__gt=0, kept_back=None)
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
