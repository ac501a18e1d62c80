"""`manage.py load_demo`: the demo shop, into an empty database."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from omo.management.prepared import PreparedCommand
from orders.demo import SIGN_INS, loading
from orders.models import Order
from stores.models import Product, Variant


class Command(PreparedCommand):
    """Makes the demo; refuses in production and beside other stores."""

    help = "Load the demo shop: four stores, their shelves, people, and a week of orders. Refuses in production mode and when there are stores."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say who can sign in."""
        if settings.PRODUCTION:
            raise CommandError("The demo is not for production: its passwords are known. Nothing was changed.")
        try:
            world = loading.load(at=timezone.now())
        except loading.NotEmpty as reason:
            raise CommandError("There are stores already. The demo needs an empty shop. Nothing was changed.") from reason
        self.stdout.write(
            f"{len(world.stores)} stores, {Product.objects.count()} products in {Variant.objects.count()} variants, {Order.objects.count()} orders."
            f" The password of everybody, such as {SIGN_INS[0].email}, is {SIGN_INS[0].password}"
        )
