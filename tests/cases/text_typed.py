"""A line of text as it is typed, and as it is kept."""

import json
import unicodedata
from dataclasses import dataclass
from typing import Any

from tests.cases.browser import Browser, Form
from tests.cases.inputs import BadInput
from tests.cases.targets import Runner
from tests.cases.trial import Trial


@dataclass(frozen=True)
class TextField:
    """A field, who tries it, and how many characters it takes; `optional` if it may be left empty."""

    name: str
    run: Runner
    room: int
    optional: bool = False


def typed(case: BadInput) -> str:
    """What arrives in the field: the text, or the first string in a JSON body."""
    if "json_raw" not in case.payload:
        return case.text
    return next(value for value in _strings(json.loads(case.payload["json_raw"])))


def canonical(case: BadInput) -> str:
    """The one form in which text is kept: composed, without outer spaces."""
    text = typed(case)
    return text if case.expect == "ACCEPT_EXACT" else unicodedata.normalize("NFC", text).strip()


def send(trial: Trial, browser: Browser, form: Form, name: str, **others: str) -> None:
    """Send a form with the input in a field, and note whether it was taken."""
    trial.fields = {name}
    trial.canonical = canonical(trial.case)
    trial.answer = browser.submit(form, **others, **{name: typed(trial.case)})
    trial.accepted = trial.answer.status in (302, 303)


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return [value] if isinstance(value, str) else []
