"""Codes that prove who reads a mailbox."""

from django.db import models


class MailedCode(models.Model):
    """A six-digit code sent to an address for one purpose. The digits are derived from `public_id` and a key, so no table holds them."""

    purpose = models.CharField(max_length=20)
    public_id = models.CharField(max_length=20, unique=True, editable=False)
    email = models.EmailField()
    made_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.purpose} for {self.email}"
