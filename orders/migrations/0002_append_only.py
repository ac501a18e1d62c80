from django.db import migrations

from omo.append_only import keep_append_only


class Migration(migrations.Migration):
    """Payments are never edited or deleted."""

    dependencies = [("orders", "0001_initial")]

    operations = [keep_append_only("orders_payment")]
