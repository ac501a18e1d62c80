from django.db import migrations

from omo.append_only import keep_append_only


class Migration(migrations.Migration):
    """What was promised, and how it ended, is never edited or deleted."""

    dependencies = [("orders", "0004_promises")]

    operations = [keep_append_only("orders_promise"), keep_append_only("orders_promiseoutcome")]
