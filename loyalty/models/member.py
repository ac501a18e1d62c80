"""Members."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from omo.models import User
from omo.models.event import Channel


class MemberQuerySet(models.QuerySet["Member"]):
    """Sets of members in the business's words."""

    def of(self, user: User | None) -> "Member | None":
        """The membership of an account; None if it has none, or one that was switched off."""
        return self.filter(user=user, active=True).first() if user else None


class Member(models.Model):
    """One membership, online and in store. `balance` is the sum of the member's points entries, kept in the same transaction."""

    number = models.CharField(max_length=10, unique=True, help_text="on the card; the last digit checks the others (Luhn)")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="member")
    name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    reference = models.CharField(max_length=60, null=True, blank=True, unique=True, help_text="the member's key in another system")
    balance = models.BigIntegerField(default=0, editable=False)
    card_version = models.PositiveSmallIntegerField(default=1, editable=False)
    joined_at = models.DateTimeField()
    joined_store = models.ForeignKey("stores.Store", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    joined_channel = models.CharField(max_length=5, choices=Channel)
    active = models.BooleanField(default=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["email"], condition=~Q(email=""), name="one_membership_per_email")]

    def __str__(self) -> str:
        return self.name or f"Member {self.number}"

    @property
    def number_words(self) -> str:
        """The number in groups, as printed on the card: '6041 2207 88'."""
        return f"{self.number[:4]} {self.number[4:8]} {self.number[8:]}"
