"""Parcels that left their store, and the number by which each is followed, are looked for without reading every fulfilment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_next_cart")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["tracking"], name="delivery_tracking"),
        ),
        migrations.AddIndex(
            model_name="fulfilment",
            index=models.Index(condition=models.Q(state__in=["shipped", "failed"]), fields=["store", "id"], name="fulfilment_on_the_way"),
        ),
    ]
