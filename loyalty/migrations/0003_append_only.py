from datetime import UTC, datetime
from typing import Any

from django.db import migrations

from omo.append_only import keep_append_only


def first_rule(apps: Any, _schema_editor: Any) -> None:
    """One point for every full 100 minor units, since ever, until head office sets another rule."""
    apps.get_model("loyalty", "EarnRule").objects.create(points=1, amount=100, valid_from=datetime(1970, 1, 1, tzinfo=UTC))


class Migration(migrations.Migration):
    """Points entries are never edited or deleted; purchases earn from the first day."""

    dependencies = [("loyalty", "0002_initial")]

    operations = [keep_append_only("loyalty_pointsentry"), migrations.RunPython(first_rule, migrations.RunPython.noop)]
