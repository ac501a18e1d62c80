"""The outbox: queue a message with the act that causes it, deliver it afterwards.

Delivery claims a row with a lease, sends outside any transaction, then marks it. A worker that dies leaves a lease that runs out, so the message is
sent at least once; nothing is marked before it is sent. Repeats are told apart by the dedup key, which is also the mail's Message-ID.

`available_at` is and stays the moment from which the message was due, so that its age says how long somebody waits; between tries the lease keeps it back.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from omo import events
from omo.acts import act
from omo.celery import app
from omo.models import Message, User

log = logging.getLogger("omo.outbox")

MAX_ATTEMPTS = 20
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=30), timedelta(minutes=30)
"""Twenty tries take seven hours: a mail server may be away for a morning."""
LATE = timedelta(seconds=60)
"""A message that is due for longer than this is overdue."""
SWEEP_SECONDS = 20
"""No mail is begun after these. Of settings.DELIVERY_SECONDS the last still has eleven waits of EMAIL_TIMEOUT; only a mail that takes longer comes twice."""

QUIET_SECONDS = 10
_quiet = {"until": 0.0}


class NoLongerTrue(Exception):
    """Raised by a sender when what the message would say does not hold any more; the message is withdrawn."""


def queue(kind: str, *, dedup_key: str, payload: dict[str, Any], at: datetime, delay: timedelta = timedelta(0), order_id: int | None = None) -> None:
    """Write a message into the outbox in the caller's transaction, and poke a worker after the commit.

    `dedup_key` names the occasion: the same occasion is queued once. `payload` holds ids only. `delay` leaves time to undo.
    """
    Message.objects.bulk_create(
        [Message(kind=kind, dedup_key=dedup_key, payload=payload, available_at=at + delay, created_at=at, order_id=order_id)],
        ignore_conflicts=True,
    )
    if not delay:
        _poke_after_commit()


def _poke_after_commit() -> None:
    """Once for each transaction, however many messages it writes."""
    if all(function is not poke for _, function, *_ in transaction.get_connection().run_on_commit):
        transaction.on_commit(poke)


def poke() -> None:
    """Ask a worker to deliver now. Any failure is swallowed: the sweep that runs every ten seconds finds the message.

    A broker that hangs costs a second; so after a failure nobody in this process asks again for QUIET_SECONDS.
    """
    if time.monotonic() < _quiet["until"]:
        return
    try:
        app.send_task("omo.tasks.deliver_due_messages", ignore_result=True, retry=False, expires=60)
    except Exception as failure:  # noqa: BLE001 - no broker may ever fail an act
        _quiet["until"] = time.monotonic() + QUIET_SECONDS
        log.warning("no broker to poke: %s", failure.__class__.__name__)


def claim(*, at: datetime) -> Message | None:
    """Take the lease of the oldest due message, or None. A message past its last attempt becomes dead instead."""
    due = Q(state=Message.State.DUE, available_at__lte=at) & (Q(lease_until=None) | Q(lease_until__lt=at))
    with transaction.atomic():
        message = Message.objects.select_for_update(skip_locked=True).filter(due).order_by("available_at", "id").first()
        if message is None:
            return None
        message.lease_until, message.attempts = at + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS), message.attempts + 1
        if message.attempts > MAX_ATTEMPTS:
            message.state, message.last_error = Message.State.DEAD, "The worker died every time while it was sending."
        message.save(update_fields=["lease_until", "attempts", "state", "last_error"])
    return message


def deliver(message: Message, *, send: Callable[[Message], None] | None = None) -> None:
    """Send a claimed message and write down how it went: sent, withdrawn, to be tried again, or dead after the last attempt or for a refused address."""
    try:
        (send or sender(message.kind))(message)
    except NoLongerTrue as reason:
        _finish(message, state=Message.State.WITHDRAWN, last_error=str(reason)[:300])
    except Exception as failure:
        log.exception("message %s was not sent", message.dedup_key)
        _put_back(message, failure)
    else:
        _finish(message, state=Message.State.SENT, sent_at=timezone.now(), last_error="")


def deliver_due(*, limit: int = 200) -> int:
    """Deliver what is due now, oldest first: at most `limit` messages, and none is begun after SWEEP_SECONDS. Returns how many were tried."""
    end = time.monotonic() + SWEEP_SECONDS
    tried = 0
    while tried < limit and time.monotonic() < end and (message := claim(at=timezone.now())):
        tried += 1
        if message.state == Message.State.DUE:
            deliver(message)
    return tried


@act
def resend(message: Message, *, by: User | None, at: datetime) -> None:
    """Make a dead, sent or withdrawn message due again, for the button in admin. One that is due already stays as it is."""
    finished = Message.objects.filter(pk=message.pk).exclude(state=Message.State.DUE)
    if finished.update(state=Message.State.DUE, available_at=at, lease_until=None, attempts=0, last_error=""):
        events.record("message.resent", at=at, by=by, order_id=message.order_id, subject=f"message:{message.pk}", data={"was": message.state})
        _poke_after_commit()


def sender(kind: str) -> Callable[[Message], None]:
    """The function that sends messages of this kind. Raises KeyError for a kind that nobody sends."""
    return import_string(settings.MESSAGE_SENDERS[kind])


def _finish(message: Message, **fields: Any) -> None:
    Message.objects.filter(pk=message.pk).update(**{"lease_until": None, **fields})


def _put_back(message: Message, failure: Exception) -> None:
    error = f"{failure.__class__.__name__}: {failure}"[:300]
    if message.attempts >= MAX_ATTEMPTS or _refused_for_good(failure):
        _finish(message, state=Message.State.DEAD, last_error=error)
        return
    wait = min(FIRST_RETRY * 2 ** (message.attempts - 1), LONGEST_RETRY)
    _finish(message, lease_until=timezone.now() + wait, last_error=error)


def _refused_for_good(failure: Exception) -> bool:
    """Whether the mail server said that there is no such address: one slip of the pen is no outage, and no later try helps."""
    return isinstance(failure, SMTPRecipientsRefused) and all(code >= 500 for code, _ in failure.recipients.values())
