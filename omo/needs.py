"""What needs head office, and the numbers of today: each app says its own, named by string path as the invariants are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string

from omo.models import Message
from omo.outbox import LATE

NEEDS = ["omo.needs.messages_stuck", "orders.payment_needs.needs", "orders.needs.needs", "stores.needs.needs"]
FIGURES = ["orders.needs.figures", "orders.payment_needs.figures"]


@dataclass(frozen=True)
class Need:
    """Something to look after: the words, how many, where to do it, and who may. Tone: 'stop' (trouble), 'soon' or 'plain'."""

    words: str
    count: int
    url: str
    tone: str
    permission: str


@dataclass(frozen=True)
class Figure:
    """A number of today, in words."""

    words: str
    value: str
    note: str
    url: str
    permission: str


def needs(*, at: datetime) -> list[Need]:
    """Everything that needs somebody at `at`, trouble first."""
    found = [need for path in NEEDS for need in import_string(path)(at=at) if need.count]
    return sorted(found, key=lambda need: ["stop", "soon", "plain"].index(need.tone))


def figures(*, at: datetime) -> list[Figure]:
    """The numbers of the day that `at` falls on."""
    return [figure for path in FIGURES for figure in import_string(path)(at=at)]


def overdue(messages: QuerySet[Message], *, at: datetime) -> QuerySet[Message]:
    """Messages that should have been sent a minute ago and that nobody is sending for the first time: one that failed waits for its next try."""
    first_try = Q(attempts__lte=1, lease_until__gte=at)
    return messages.filter(~first_try | Q(lease_until=None), state=Message.State.DUE, available_at__lt=at - LATE)


def messages_stuck(*, at: datetime) -> Iterator[Need]:
    """Messages that were given up, and those that wait for too long."""
    url, permission = reverse("admin:omo_message_changelist"), "omo.view_message"
    dead = Message.objects.filter(state=Message.State.DEAD).count()
    late = overdue(Message.objects.all(), at=at).count()
    yield Need("message failed for good" if dead == 1 else "messages failed for good", dead, f"{url}?state__exact=dead", "stop", permission)
    yield Need("message is overdue" if late == 1 else "messages are overdue", late, f"{url}?waits=overdue", "stop", permission)
