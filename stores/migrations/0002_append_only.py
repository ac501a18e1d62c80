from django.db import migrations

from omo.append_only import keep_append_only


class Migration(migrations.Migration):
    """Stock movements are never edited or deleted."""

    dependencies = [("stores", "0001_initial")]

    operations = [keep_append_only("stores_stockmovement")]
