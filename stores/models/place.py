"""A small table of places, which the retailer imports, to find the store that is near: no network is asked."""

from typing import Any

from django.db import models

from stores.models.catalogue import searchable


class Place(models.Model):
    """A town, a quarter or a postcode, and where it is."""

    name = models.CharField(max_length=80)
    postcode = models.CharField(max_length=12, blank=True)
    region = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1, such as 'IE'")
    latitude = models.DecimalField(max_digits=8, decimal_places=6)
    longitude = models.DecimalField(max_digits=9, decimal_places=6)
    search_text = models.TextField(editable=False, default="")

    class Meta:
        ordering = ["name", "postcode"]
        indexes = [models.Index(fields=["postcode"], name="place_postcode")]
        constraints = [models.UniqueConstraint(fields=["country", "postcode", "name"], name="one_place")]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.postcode, self.name]))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the searchable text up to date."""
        self.search_text = self.searched_as()
        super().save(*args, **kwargs)

    def searched_as(self) -> str:
        """The text that it is found by: its name, its postcode with and without spaces, its region."""
        return searchable(self.name, self.postcode, self.postcode.replace(" ", "").replace("-", ""), self.region)
