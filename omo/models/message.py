"""The outbox: what is to be told to somebody outside the database."""

from django.db import models


class Message(models.Model):
    """One message, written in the transaction that causes it and sent afterwards, at least once and never twice by our own doing."""

    class State(models.TextChoices):
        """Where the message is. Withdrawn: no longer true when its turn came."""

        DUE = "due", "Due"
        SENT = "sent", "Sent"
        WITHDRAWN = "withdrawn", "Withdrawn"
        DEAD = "dead", "Dead"

    kind = models.CharField(max_length=50)
    dedup_key = models.CharField(max_length=120, unique=True)
    payload = models.JSONField(default=dict, help_text="ids only; the words are made when it is sent")
    state = models.CharField(max_length=9, choices=State, default=State.DUE)
    available_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    order = models.ForeignKey("orders.Order", null=True, blank=True, on_delete=models.PROTECT, related_name="messages")

    class Meta:
        indexes = [
            models.Index(fields=["available_at"], name="message_due", condition=models.Q(state="due")),
            models.Index(fields=["id"], name="message_dead", condition=models.Q(state="dead")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.get_state_display()})"
