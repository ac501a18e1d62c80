"""Shelf labels: the printed QR at a shelf."""

from django.db import models

from stores.models.catalogue import Variant
from stores.models.store import Store


class ShelfLabel(models.Model):
    """A label of a variant at a shelf of a store. What is printed is `code` with its signature; raising `version` revokes every print."""

    code = models.CharField(max_length=10, unique=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="labels")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="labels")
    shelf = models.CharField(max_length=20, blank=True, help_text="such as 'B4'")
    version = models.PositiveSmallIntegerField(default=1)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["store", "shelf", "id"]
        constraints = [models.UniqueConstraint(fields=["store", "variant", "shelf"], name="one_label_per_shelf_and_variant")]

    def __str__(self) -> str:
        return f"{self.variant} at {self.store}, shelf {self.shelf or '–'}"
