"""The answers already given, so that a repeated request has one effect."""

from django.db import models


class IdempotencyRecord(models.Model):
    """One request under a key. `fingerprint` tells a repeat from a different request; `answer` is what the first one was told."""

    scope = models.CharField(max_length=60)
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"
