from django.db import migrations

from omo.append_only import keep_append_only


class Migration(migrations.Migration):
    """Events are never edited or deleted."""

    dependencies = [("omo", "0002_initial")]

    operations = [keep_append_only("omo_event")]
