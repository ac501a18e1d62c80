"""What each outcome of the catalogue means, as checks on a trial. A trial that does not meet them raises AssertionError."""

import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import quote, urljoin

from django.conf import settings
from django.db import connection

from omo.invariants import violations
from tests.cases.browser import Answer
from tests.cases.trial import Trial

SECONDS = 2.0
MEMORY = 64 * 1024
CHANGES_MAY_STAY = {"ACCEPT_EXACT", "ACCEPT_NORMALISED", "INERT", "QUARANTINE"}
BASE_DIR = str(Path(__file__).resolve().parents[2])
LEAKS = re.compile(
    r"Traceback \(most recent|site-packages|/usr/lib/python|\bSELECT\b.{1,80}\bFROM\b|\bINSERT INTO\b|DataError|OperationalError|IntegrityError"
    r"|ProgrammingError|psycopg|sqlite3|django\.(db|core|conf)\.|DoesNotExist|" + re.escape(BASE_DIR),
    re.DOTALL,
)


class UnknownOutcome(Exception):
    """The catalogue asks for something that nobody has defined here."""


def judge(trial: Trial) -> None:
    """Hold the trial against the rules for all inputs, then against its own outcome, or one that the catalogue allows instead.

    Raises AssertionError or UnknownOutcome.
    """
    for answer in [*trial.answers, *trial.pages]:
        _polite(answer)
    assert not leaks(trial.said), trial.said
    assert trial.grown < MEMORY, f"memory grew by {trial.grown // 1024} MiB"
    assert list(violations()) == []
    expected, *instead = [_meaning(outcome) for outcome in trial.case.outcomes]
    try:
        expected(trial)
    except AssertionError:
        if not any(_holds(outcome, trial) for outcome in instead):
            raise


def _meaning(outcome: str) -> Callable[[Trial], None]:
    """The check of an outcome, together with whether the business may have changed. Raises UnknownOutcome."""
    if outcome not in OUTCOMES:
        raise UnknownOutcome(outcome)

    def check(trial: Trial) -> None:
        if outcome not in CHANGES_MAY_STAY:
            assert trial.changes == {}
        OUTCOMES[outcome](trial)

    return check


def _holds(check: Callable[[Trial], None], trial: Trial) -> bool:
    try:
        check(trial)
    except AssertionError:
        return False
    return True


def leaks(text: str) -> str:
    """What a stranger should not read: a traceback, SQL, a path of ours, the value of a secret setting; '' if there is none."""
    found = LEAKS.search(text)
    if found:
        return found[0]
    secrets = [settings.SECRET_KEY, *settings.CODE_KEYS, str(settings.STATE_DIR), settings.DATABASES["default"].get("PASSWORD") or ""]
    return next((secret for secret in secrets if len(secret) > 5 and secret in text), "")


def _polite(answer: Answer) -> None:
    where = f"{answer.method} {answer.path[:100]} → {answer.status}"
    assert answer.status < 500, where
    assert answer.seconds < SECONDS, f"{where} took {answer.seconds:.1f} s"
    assert not leaks(answer.text), f"{where} leaks {leaks(answer.text)!r}"


def _answer(trial: Trial) -> Answer:
    assert trial.answer is not None, "the runner kept no answer"
    return trial.answer


def accept_exact(trial: Trial) -> None:
    """Taken, and reads back byte for byte."""
    assert trial.accepted, _seen(trial)
    assert trial.stored == trial.canonical
    inert(trial)


def accept_normalised(trial: Trial) -> None:
    """Taken in its one canonical form."""
    assert trial.accepted, _seen(trial)
    assert trial.stored == trial.canonical
    inert(trial)


def inert(trial: Trial) -> None:
    """Taken or not, it never runs: no page carries anything active, no mail is more than its text, no header is split."""
    for page in [*trial.pages, *trial.answers]:
        if "html" in page.headers.get("Content-Type", ""):
            assert page.active_content == [], page.path
    for mail in trial.mails:
        assert "\n" not in mail.subject
        assert all(kind == "text/html" for _, kind in getattr(mail, "alternatives", []))
        assert "Bcc" not in mail.message()
    if trial.accepted is False and trial.answer is not None:
        assert trial.answer.status < 500


def reject_field(trial: Trial) -> None:
    """The form comes again, with the field named as wrong, and words."""
    if trial.answer is None:
        assert trial.said
        return
    answer = trial.answer
    assert answer.status in (200, 400, 409, 422), _seen(trial)
    if trial.said:
        return
    assert answer.alerts, f"nothing is said to be wrong: {_seen(trial)}"
    if trial.fields:
        assert answer.wrong_fields & trial.fields, f"{sorted(trial.fields)} is not marked; marked are {sorted(answer.wrong_fields)}; {answer.alerts}"


def reject_whole(trial: Trial) -> None:
    """400 for the whole request; of a file: nothing is taken, with words."""
    if trial.answer is None:
        assert trial.whole
        assert trial.said
        for line in trial.lines:
            assert re.search(rf"line {line}\b", trial.said), trial.said
        return
    assert trial.answer.status == 400, _seen(trial)


def unauthenticated(trial: Trial) -> None:
    """401, or to the sign-in page."""
    answer = _answer(trial)
    assert answer.status == 401 or answer.location.startswith(("/accounts/login", "/admin/login")), _seen(trial)


def deny(trial: Trial) -> None:
    """403; for htmx something that can be swapped in, or a reload."""
    answer = _answer(trial)
    assert answer.status == 403, _seen(trial)


def not_found(trial: Trial) -> None:
    """404, the same as for what does not exist."""
    answer = _answer(trial)
    assert answer.status == 404, _seen(trial)
    if trial.like is not None:
        assert trial.like.status == 404
        assert _apart_from_address(answer) == _apart_from_address(trial.like), "an object that is there can be told from one that is not"


def _apart_from_address(answer: Answer) -> str:
    """The page without its own address, which whoever asked for it knows: a link to sign in comes back to it."""
    path = answer.path.partition("?")[0]
    return answer.text.replace(quote(path), "").replace(path, "").replace(escape(path), "")


def method_not_allowed(trial: Trial) -> None:
    """405 with Allow."""
    answer = _answer(trial)
    assert answer.status == 405, _seen(trial)
    assert answer.headers.get("Allow")


def conflict(trial: Trial) -> None:
    """409, or words in the form, in a mail to the owner, or in a command's report; and nothing has changed."""
    if trial.said:
        return
    answer = _answer(trial)
    assert answer.status == 409 or (answer.status in (200, 422) and answer.alerts), _seen(trial)


def too_large(trial: Trial) -> None:
    """413 or 400; of a file: refused with words, before it is parsed."""
    if trial.answer is None:
        assert trial.whole
        assert trial.said
        return
    assert trial.answer.status in (400, 413), _seen(trial)


def unsupported(trial: Trial) -> None:
    """415 or 400."""
    assert _answer(trial).status in (400, 415), _seen(trial)


def throttle(trial: Trial) -> None:
    """429 with Retry-After once the limit is reached, and before it always the same."""
    limited = [answer for answer in trial.answers if answer.status == 429]
    assert limited, f"no limit after {len(list(trial.answers))} requests: {_seen(trial)}"
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in limited)
    assert not trial.accepted


def replay_same(trial: Trial) -> None:
    """The same answer as the first time, and nothing new."""
    if trial.first is None or trial.answer is None:
        assert trial.accepted
        assert trial.said
        return
    assert (trial.answer.status, trial.answer.location) == (trial.first.status, trial.first.location)
    assert trial.answer.content == trial.first.content


def safe_redirect(trial: Trial) -> None:
    """Only to a path of ours."""
    answer = _answer(trial)
    assert answer.status in (302, 303), _seen(trial)
    target = urljoin(answer.path, answer.location)  # what a browser makes of it
    assert re.match(r"/(?![/\\\s])", target), target
    assert not re.search(r"[\\\x00-\x20]", target), target


def skip_row(trial: Trial) -> None:
    """The row is named by its line; nothing is taken, because an import is all or nothing."""
    assert trial.whole
    assert trial.said
    for line in trial.lines or {r"\d+"}:
        assert re.search(rf"line {line}\b", trial.said), trial.said


def quarantine(trial: Trial) -> None:
    """202: kept for a person to decide, without effect."""
    assert _answer(trial).status == 202, _seen(trial)


OUTCOMES: dict[str, Callable[[Trial], None]] = {
    "ACCEPT_EXACT": accept_exact,
    "ACCEPT_NORMALISED": accept_normalised,
    "INERT": inert,
    "REJECT_FIELD": reject_field,
    "REJECT_400": reject_whole,
    "UNAUTH_401": unauthenticated,
    "DENY_403": deny,
    "NOT_FOUND_404": not_found,
    "METHOD_405": method_not_allowed,
    "CONFLICT_409": conflict,
    "TOO_LARGE_413": too_large,
    "UNSUPPORTED_415": unsupported,
    "THROTTLE_429": throttle,
    "REPLAY_SAME": replay_same,
    "SAFE_REDIRECT": safe_redirect,
    "SKIP_ROW": skip_row,
    "QUARANTINE": quarantine,
}


def _seen(trial: Trial) -> str:
    answer = trial.answer
    if answer is None:
        return f"{trial.target} on {connection.vendor}: {trial.said[:500]}"
    return f"{trial.target} on {connection.vendor}: {answer.method} {answer.path[:120]} → {answer.status} {answer.location} · {answer.alerts[:300]}"
