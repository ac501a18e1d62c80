from django.db import migrations, models

ON_SALE = models.Q(active=True)


class Migration(migrations.Migration):
    """A list narrowed to a size or a colour that few goods have is found without looking at all variants."""

    dependencies = [("stores", "0022_pay_and_deliver")]

    operations = [
        migrations.AddIndex("variant", models.Index(fields=["colour", "size", "product", "price"], name="variant_colour", condition=ON_SALE)),
        migrations.AddIndex("variant", models.Index(fields=["size", "product", "price"], name="variant_size", condition=ON_SALE)),
    ]
