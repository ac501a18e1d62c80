"""Stores, when they are open, and who works in them."""

import zoneinfo
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.expressions import RawSQL
from simple_history.models import HistoricalRecords


def check_zone(name: str) -> None:
    """Raises ValidationError unless `name` is a zone of the IANA database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"'{name}' is not a time zone. For example: Europe/Dublin", code="zone")


class Service(models.Model):
    """Something that a store does for its customers, such as 'Alterations'."""

    name = models.CharField(max_length=40, unique=True)
    slug = models.SlugField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class RowsAsText(RawSQL):
    """The rows of a table that belong to a store, as one JSON text: a list of lists. For reading a store with its calendar in one statement."""

    def __init__(self, table: str, *columns: str) -> None:
        self.table, self.columns = table, ", ".join(columns)
        super().__init__("", [], output_field=models.TextField())

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """The subquery in the database's own words."""
        rows = "jsonb_agg(jsonb_build_array({}))::text" if connection.vendor == "postgresql" else "json_group_array(json_array({}))"
        return f"(SELECT {rows.format(self.columns)} FROM {self.table} WHERE store_id = stores_store.id)", []  # noqa: S608 - names of our own


class StoreQuerySet(models.QuerySet["Store"]):
    """Sets of stores in the business's words."""

    def with_calendar(self) -> "StoreQuerySet":
        """Each with its hours, closures and special openings, in the same statement; `hours.calendar_of` reads them."""
        return self.annotate(
            weekly_rows=RowsAsText("stores_openinghours", "weekday", "opens", "closes"),
            closed_rows=RowsAsText("stores_closure", "first_day", "last_day", "reason"),
            special_rows=RowsAsText("stores_specialopening", "day", "opens", "closes", "reason"),
        )

    def for_actor(self, user: Any) -> "StoreQuerySet":
        """The open stores where `user` works; head office works in all of them, everybody else in none."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        stores = self.filter(active=True)
        return stores if user.is_staff else stores.filter(assignments__user=user)

    def for_pickup(self) -> "StoreQuerySet":
        """The stores that hand over orders to customers."""
        return self.filter(active=True, pickup=True)


class Store(models.Model):
    """A place that sells. Its time zone is the one in which its hours and promises are meant."""

    code = models.SlugField(max_length=30, unique=True, help_text="in addresses and files, such as 'harbour'")
    name = models.CharField(max_length=60)
    gln = models.CharField("GLN", max_length=13, blank=True, validators=[RegexValidator(r"^\d{13}$", "A GLN has 13 digits.")])
    time_zone = models.CharField(max_length=40, default="Europe/Dublin", validators=[check_zone])
    street = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=12, blank=True)
    city = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    directions = models.CharField(max_length=200, blank=True, help_text="where to collect, such as 'ground floor, counter 2'")
    latitude = models.DecimalField(max_digits=8, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    pickup = models.BooleanField("hands over orders", default=True)
    lead_minutes = models.PositiveSmallIntegerField(default=120, help_text="from order to ready, in opening hours")
    cut_off = models.TimeField(null=True, blank=True, help_text="orders after this time of day count as of the next opening; blank: none")
    slot_minutes = models.PositiveSmallIntegerField(default=30, validators=[MinValueValidator(5)], help_text="how long a pickup window is")
    slot_spacing = models.PositiveSmallIntegerField(default=30, validators=[MinValueValidator(5)], help_text="minutes from the start of one window to the next")
    slot_capacity = models.PositiveSmallIntegerField(null=True, blank=True, help_text="orders per window; blank: as many as come")
    window_days = models.PositiveSmallIntegerField(
        default=7, validators=[MinValueValidator(1), MaxValueValidator(60)], help_text="days ahead that can be chosen"
    )
    hold_days = models.PositiveSmallIntegerField(default=3, help_text="how long a ready order waits")
    paused_until = models.DateTimeField(null=True, blank=True, help_text="takes no orders until then; goes on by itself")
    paused_reason = models.CharField(max_length=80, blank=True, help_text="shown to customers while it is paused")
    busy_until = models.DateTimeField(null=True, blank=True, help_text="promises are later until then; goes back by itself")
    busy_minutes = models.PositiveSmallIntegerField(default=15, help_text="how much later promises are while it is busy")
    busy_reason = models.CharField(max_length=80, blank=True, help_text="shown to customers while it is busy")
    pay_in_store = models.BooleanField("may be paid in the store", default=False, help_text="customers may pay for a pickup when they collect it")
    delivers = models.BooleanField("delivers from here", default=False, help_text="packs and ships home deliveries")
    bays = models.PositiveSmallIntegerField(default=0, help_text="numbered parking bays for customers who collect by car; 0: none")
    services = models.ManyToManyField("stores.Service", blank=True, related_name="stores")
    active = models.BooleanField(default=True)
    history = HistoricalRecords()

    objects = StoreQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The store's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)


class OpeningHours(models.Model):
    """One interval of one weekday in the store's own time; a day may have several, a day without any is closed.

    One that closes at or before the time it opens lasts over midnight, to that time of the next day.
    """

    class Weekday(models.IntegerChoices):
        """As datetime.date.weekday() counts."""

        MONDAY = 0, "Monday"
        TUESDAY = 1, "Tuesday"
        WEDNESDAY = 2, "Wednesday"
        THURSDAY = 3, "Thursday"
        FRIDAY = 4, "Friday"
        SATURDAY = 5, "Saturday"
        SUNDAY = 6, "Sunday"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["weekday", "opens"]
        verbose_name_plural = "opening hours"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(closes=models.F("opens")), name="closes_after_opening", violation_error_message="Closing must be after opening."
            ),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="weekday_of_seven"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class Closure(models.Model):
    """Whole days on which a store is closed, whatever its weekly hours say."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="closures")
    first_day = models.DateField()
    last_day = models.DateField()
    reason = models.CharField(max_length=80, help_text="shown to customers, such as 'Stocktaking'")

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="closure_ends", violation_error_message="The last day is before the first."
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day:%d %b %Y}: {self.reason}"


class SpecialOpening(models.Model):
    """An interval of one date, in place of that weekday's hours. A closure wins over it."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="special_openings")
    day = models.DateField()
    opens = models.TimeField()
    closes = models.TimeField(help_text="at or before opening: over midnight")
    reason = models.CharField(max_length=80, blank=True, help_text="shown to customers, such as 'Late shopping'")

    class Meta:
        ordering = ["day", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(closes=models.F("opens")), name="special_closes_after_opening", violation_error_message="Closing must be after opening."
            )
        ]

    def __str__(self) -> str:
        return f"{self.day:%d %b %Y} {self.opens:%H:%M}–{self.closes:%H:%M}"


class Assignment(models.Model):
    """A person works in a store."""

    class Role(models.TextChoices):
        """What the person may do there."""

        STAFF = "staff", "Staff"
        MANAGER = "manager", "Manager"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=7, choices=Role, default=Role.STAFF)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "store"], name="one_assignment_per_store")]

    def __str__(self) -> str:
        return f"{self.user} at {self.store}"
