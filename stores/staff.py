"""Who works where."""

from django.contrib.auth.models import AnonymousUser

from omo.models import User
from stores.models import Store


def workplaces(user: User | AnonymousUser) -> list[Store]:
    """The stores where `user` works, by name: all for head office, none for customers."""
    return list(Store.objects.for_actor(user).order_by("name"))
