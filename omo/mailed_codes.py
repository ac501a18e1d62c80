"""Proving that one reads a mailbox: a six-digit code by mail, for ten minutes and five tries, good once."""

import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from omo import codes
from omo.acts import act
from omo.models import MailedCode

GOOD_FOR = timedelta(minutes=10)
MOST_TRIES = 5
VERSION = 1


class WrongCode(Exception):
    """These are not the digits; `left` says how many tries are left."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class CodeIsOver(Exception):
    """The code is too old, was used, was tried too often, or never was."""


@act
def make(purpose: str, email: str, *, at: datetime) -> MailedCode:
    """A new code for an address; the caller queues the mail in the same transaction, whoever the address belongs to."""
    return MailedCode.objects.create(purpose=purpose, public_id=codes.random_id(20), email=email, made_at=at)


def digits(code: MailedCode, *, key: str | None = None) -> str:
    """The six digits, for the mail."""
    return codes.six_digits(code.public_id, version=VERSION, key=key)


def is_over(code: MailedCode, *, at: datetime) -> bool:
    """Whether its ten minutes have passed, or it was used."""
    return code.used_at is not None or at >= code.made_at + GOOD_FOR


def prove(purpose: str, public_id: str, typed: str, *, at: datetime) -> str:
    """The address that is proved by these digits; the code is used by that. Each call is a try, right or wrong, also when calls come at once.

    Raises WrongCode and CodeIsOver.
    """
    code = _tried(purpose, public_id, at)
    given = "".join(letter for letter in codes.clean(typed) if letter.isdecimal())
    if not any(hmac.compare_digest(given.encode(), digits(code, key=key).encode()) for key in settings.CODE_KEYS):
        raise WrongCode(MOST_TRIES - code.tries)
    if not MailedCode.objects.filter(pk=code.pk, used_at=None).update(used_at=at):
        raise CodeIsOver
    return code.email


@act
def _tried(purpose: str, public_id: str, at: datetime) -> MailedCode:
    """The code, with this try counted, which stays so whatever the try brings."""
    live = MailedCode.objects.filter(purpose=purpose, public_id=public_id, used_at=None, made_at__gt=at - GOOD_FOR, tries__lt=MOST_TRIES)
    if not live.update(tries=F("tries") + 1):
        raise CodeIsOver
    return MailedCode.objects.get(public_id=public_id)


def forget(*, before: datetime) -> None:
    """Delete codes that were made before a moment."""
    MailedCode.objects.filter(made_at__lt=before).delete()
