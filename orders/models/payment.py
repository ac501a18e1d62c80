"""Payments: what was taken and given back, tender by tender, and what goes on at online providers."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from omo.models import AppendOnly
from orders.models.order import Order


class PaymentAttempt(models.Model):
    """One try to pay an order at an online provider. Its `key` is ours: the provider gets it with every request, so that none has its effect twice."""

    class State(models.TextChoices):
        """How far it is."""

        STARTED = "started", "Started"
        AUTHORISED = "authorised", "Authorised"
        CAPTURED = "captured", "Captured"
        DECLINED = "declined", "Declined"
        VOIDED = "voided", "Voided"
        EXPIRED = "expired", "Expired"

    LIVE = (State.STARTED, State.AUTHORISED)
    """Money may still come of it."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="attempts")
    provider = models.CharField(max_length=20)
    key = models.CharField(max_length=26, unique=True, editable=False)
    reference = models.CharField(max_length=255, blank=True, help_text="the provider's name for it")
    url = models.URLField(max_length=2000, blank=True, help_text="the provider's page on which it is paid")
    amount = models.BigIntegerField(help_text="minor units")
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.STARTED)
    words = models.CharField(max_length=200, blank=True, help_text="why it was declined, as the provider says it")
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["order", "id"], name="attempt_live", condition=Q(state__in=["started", "authorised"]))]
        constraints = [
            models.UniqueConstraint(fields=["provider", "reference"], condition=~Q(reference=""), name="one_attempt_per_reference"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} for {self.order}"


class Payment(AppendOnly):
    """Money taken for an order with one tender, in minor units."""

    class Tender(models.TextChoices):
        """What it was paid with."""

        CARD = "card", "Card"
        CASH = "cash", "Cash"
        ONLINE = "online", "Card online"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    tender = models.CharField(max_length=8, choices=Tender)
    amount = models.BigIntegerField()
    attempt = models.OneToOneField(PaymentAttempt, null=True, blank=True, on_delete=models.PROTECT, related_name="payment", help_text="by which it came online")
    reference = models.CharField(max_length=60, blank=True, help_text="of the terminal's slip")
    store = models.ForeignKey("stores.Store", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payment_above_zero")]

    def __str__(self) -> str:
        return f"{self.get_tender_display()} for {self.order}"


class Refund(models.Model):
    """Money given back by the tender it came with, in minor units. Its cause (`key`) is refunded once; online it is asked for first and done later."""

    class State(models.TextChoices):
        """Cash and terminals are done at once."""

        REQUESTED = "requested", "Under way"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=80, unique=True, help_text="what caused it, as '<cause>:<id>:<payment id>'")
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=100)
    state = models.CharField(max_length=9, choices=State, default=State.REQUESTED)
    reference = models.CharField(max_length=255, blank=True, help_text="the provider's name for it")
    store = models.ForeignKey("stores.Store", null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="where cash or card was given back")
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_above_zero")]

    def __str__(self) -> str:
        return f"Refund of {self.payment}"


class ProviderEvent(models.Model):
    """What a provider told us, once per event of its own. One that came before we knew what it is about waits with `handled_at` empty."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=60)
    attempt = models.ForeignKey(PaymentAttempt, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    reference = models.CharField(max_length=255, blank=True, help_text="the provider's name for the payment it is about")
    data = models.JSONField(default=dict, help_text="what we read of it: amount, currency, why; never a card")
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=100, blank=True, help_text="what we did about it, in words")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="one_event_per_provider_and_id")]
        indexes = [models.Index(fields=["provider", "reference"], name="provider_event_waiting", condition=Q(handled_at=None))]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind}"


class SandboxPayment(models.Model):
    """What the sandbox provider knows of a payment: it plays the other system, so nothing but its own page and adapter looks here."""

    reference = models.CharField(max_length=40, unique=True)
    key = models.CharField(max_length=26, unique=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=PaymentAttempt.State, default=PaymentAttempt.State.STARTED)
    card = models.CharField(max_length=4, blank=True, help_text="the last four digits of the test card")
    refunded = models.BigIntegerField(default=0)
    return_url = models.URLField(max_length=500)
    cancel_url = models.URLField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(refunded__gte=0, refunded__lte=F("amount")), name="sandbox_refunded_within_amount")]

    def __str__(self) -> str:
        return self.reference
