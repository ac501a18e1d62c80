from django.db import migrations, models


class Migration(migrations.Migration):
    """Levels that wait for a count are found without looking at all others."""

    dependencies = [("stores", "0006_stock_reasons")]

    operations = [
        migrations.AddIndex("stocklevel", models.Index(fields=["store"], name="level_distrusted", condition=models.Q(distrusted_at__isnull=False))),
    ]
