"""Who collects, and when they come: another person's pass, and the arrival at the store."""

from django.db import models
from django.db.models import Q

from orders.models.fulfilment import Fulfilment


class ProxyPass(models.Model):
    """Lets another person collect, once. It can be taken back, and a new one ends the one before."""

    fulfilment = models.ForeignKey(Fulfilment, on_delete=models.PROTECT, related_name="passes")
    name = models.CharField(max_length=60, help_text="who collects")
    public_id = models.CharField(max_length=10, unique=True, editable=False, help_text="in the pass's QR")
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "proxy passes"
        constraints = [models.UniqueConstraint(fields=["fulfilment"], condition=Q(revoked_at=None, used_at=None), name="one_live_pass")]

    def __str__(self) -> str:
        return f"Pass of {self.name}"

    @property
    def first_name(self) -> str:
        """What staff call its holder."""
        return self.name.split()[0] if self.name.split() else ""

    @property
    def live(self) -> bool:
        """Whether it opens the pickup still: neither used nor taken back."""
        return self.revoked_at is None and self.used_at is None


class Arrival(models.Model):
    """The customer said that they are on their way, or here; a record, not a state."""

    fulfilment = models.OneToOneField(Fulfilment, on_delete=models.PROTECT, related_name="arrival")
    on_my_way_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    place = models.CharField(max_length=20, blank=True, help_text="where they wait: 'counter', or 'bay 3'")
    served_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Arrival for {self.fulfilment}"
