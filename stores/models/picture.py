"""Pictures of products, as they are kept: re-encoded in several widths, without what the camera wrote into the file."""

from django.db import models

from stores.models.catalogue import Product


class Picture(models.Model):
    """One picture of a product, or of one colour of it. The files are named by `digest` and width, so they never change."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="pictures")
    colour = models.CharField(max_length=30, blank=True, help_text="blank: for all colours")
    words = models.CharField("in words", max_length=120, help_text="what it shows, for who cannot see it")
    digest = models.CharField(max_length=64, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["product", "digest"], name="picture_once_per_product")]

    def __str__(self) -> str:
        return self.words
