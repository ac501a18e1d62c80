"""When the goods of what was cancelled or expired went back to the shelf."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_paid_totals")]

    operations = [
        migrations.AddField(
            model_name="fulfilment",
            name="put_back_at",
            field=models.DateTimeField(blank=True, help_text="when the goods of one that was cancelled or expired were back on the shelf", null=True),
        ),
        migrations.AddIndex(
            model_name="fulfilment",
            index=models.Index(
                fields=["store", "id"],
                name="fulfilment_put_back",
                condition=models.Q(picking_at__isnull=False, put_back_at=None, state__in=["expired", "cancelled"]),
            ),
        ),
    ]
