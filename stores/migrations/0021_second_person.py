import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ONLY_MORE = ["found"]
ONLY_FEWER = ["not-on-shelf", "damaged", "expired", "theft", "own-use"]


def directions(apps, _schema_editor):
    """The reasons to begin with are reasons for one direction where their words say so, and damage always is."""
    reasons = apps.get_model("stores", "StockReason").objects
    reasons.filter(code__in=ONLY_MORE).exclude(effect="damaged").update(direction="more")
    reasons.filter(models.Q(code__in=ONLY_FEWER) | models.Q(effect="damaged")).update(direction="fewer")


def own_words(apps, _schema_editor):
    """What was said of a pause keeps being said of it."""
    stores = apps.get_model("stores", "Store").objects
    stores.exclude(paused_until=None).update(paused_reason=models.F("busy_reason"))


class Migration(migrations.Migration):
    """Reasons have a direction, transfers can be cancelled, large receipts wait for a second person, and a pause has words of its own."""

    dependencies = [
        ("stores", "0020_distrusted_levels"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="adjustment",
            name="before",
            field=models.PositiveIntegerField(default=0, help_text="units that the person had changed by hand that day without a second one"),
        ),
        migrations.AddField(
            model_name="adjustment",
            name="reference",
            field=models.CharField(blank=True, help_text="the document that its movement belongs to; blank: none", max_length=60),
        ),
        migrations.AddField(
            model_name="historicalstore",
            name="paused_reason",
            field=models.CharField(blank=True, help_text="shown to customers while it is paused", max_length=80),
        ),
        migrations.AddField(
            model_name="stockpolicy",
            name="large_receipt",
            field=models.PositiveSmallIntegerField(default=100, help_text="units; receiving this many or more of one thing needs a second person"),
        ),
        migrations.AddField(
            model_name="stockreason",
            name="direction",
            field=models.CharField(
                choices=[("either", "More or fewer"), ("more", "Only more"), ("fewer", "Only fewer")],
                default="either",
                help_text="'Found' makes them more, 'Stolen' makes them fewer",
                max_length=6,
                verbose_name="is a reason for",
            ),
        ),
        migrations.AddField(
            model_name="store",
            name="paused_reason",
            field=models.CharField(blank=True, help_text="shown to customers while it is paused", max_length=80),
        ),
        migrations.AddField(
            model_name="transfer",
            name="cancelled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="transfer",
            name="cancelled_by",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name="historicalstore",
            name="busy_reason",
            field=models.CharField(blank=True, help_text="shown to customers while it is busy", max_length=80),
        ),
        migrations.AlterField(
            model_name="store",
            name="busy_reason",
            field=models.CharField(blank=True, help_text="shown to customers while it is busy", max_length=80),
        ),
        migrations.AlterField(
            model_name="transfer",
            name="state",
            field=models.CharField(
                choices=[("sent", "In transit"), ("received", "Received"), ("short", "Received short"), ("cancelled", "Cancelled")],
                default="sent",
                max_length=9,
            ),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(
                condition=models.Q(("kind__in", ("received", "adjusted", "counted", "damaged"))),
                fields=["store", "variant", "by", "at"],
                name="movement_by_hand",
            ),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(condition=models.Q(("kind", "received")), fields=["store", "reference"], name="movement_delivery"),
        ),
        migrations.RunPython(directions, migrations.RunPython.noop),
        migrations.RunPython(own_words, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="stockreason",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("effect", "damaged"), _negated=True), ("direction", "fewer"), _connector="OR"),
                name="damaged_are_fewer",
                violation_error_message="Damaged goods leave on hand, so this is a reason for fewer only.",
            ),
        ),
    ]
