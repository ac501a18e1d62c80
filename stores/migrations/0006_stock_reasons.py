from django.db import migrations

# Code, words, effect; head office changes the list as it likes.
REASONS = [
    ("not-on-shelf", "Not on the shelf", "distrust"),
    ("damaged", "Damaged", "damaged"),
    ("expired", "Past its date", "damaged"),
    ("wrong-label", "Wrong label", "none"),
    ("found", "Found", "none"),
    ("theft", "Stolen", "none"),
    ("counting-error", "Counted or entered wrongly", "none"),
    ("own-use", "Used in the store", "none"),
]
MOST_UNITS = 32_767  # as many as a rule can say


def reasons_and_policy(apps, _schema_editor):
    """The reasons to begin with, and the stock policy with its defaults."""
    reasons = apps.get_model("stores", "StockReason").objects
    reasons.bulk_create(
        [reasons.model(code=code, words=words, effect=effect, position=10 * place) for place, (code, words, effect) in enumerate(REASONS, 1)],
        ignore_conflicts=True,
    )
    apps.get_model("stores", "StockPolicy").objects.get_or_create(pk=1)


def rules_from_levels(apps, _schema_editor):
    """A safety stock that was set by hand becomes the rule for those goods at that store, so that no other rule takes its place."""
    levels = apps.get_model("stores", "StockLevel").objects.filter(safety_stock__gt=0)
    rules = apps.get_model("stores", "SafetyStock").objects
    rules.bulk_create(
        [rules.model(store_id=level.store_id, variant_id=level.variant_id, units=min(level.safety_stock, MOST_UNITS)) for level in levels.iterator()],
        batch_size=500,
    )


class Migration(migrations.Migration):
    """Stock has reasons and a policy; what was kept back by hand is kept back by rules."""

    dependencies = [("stores", "0005_search")]

    operations = [
        migrations.RunPython(reasons_and_policy, migrations.RunPython.noop),
        migrations.RunPython(rules_from_levels, migrations.RunPython.noop),
    ]
