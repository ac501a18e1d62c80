from django.db import migrations
from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce


def sum_up(apps, _schema_editor):
    """What each order's payments come to, until now counted when it was asked for."""
    payments = apps.get_model("orders", "Payment").objects.filter(order=OuterRef("pk")).order_by().values("order").annotate(paid=Sum("amount")).values("paid")
    apps.get_model("orders", "Order").objects.update(paid_total=Coalesce(Subquery(payments), 0))


class Migration(migrations.Migration):
    """The sum of an order's payments stands on the order, where the database can compare it with what is given back."""

    dependencies = [("orders", "0006_checkout")]

    operations = [migrations.RunPython(sum_up, migrations.RunPython.noop)]
