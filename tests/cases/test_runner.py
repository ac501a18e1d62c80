"""The runner itself: nothing unknown passes quietly, and every outcome is shown to fail where it should."""

import json
from pathlib import Path

import pytest

from stores.models import Category
from tests import waiting
from tests.cases import mapping, materialise, outcomes
from tests.cases.browser import Answer
from tests.cases.inputs import FOLDER, BadInput, read
from tests.cases.trial import NoScript, NotBuilt, Trial
from tests.cases.world import UnknownPlaceholder, World

SHARED = json.loads((Path(__file__).parent / "data" / "bad_inputs.json").read_text("utf-8"))
HTML = {"Content-Type": "text/html; charset=utf-8"}


def an_input(**fields) -> BadInput:
    """An input of the quantity field, with some fields of its own."""
    usual = {"id": "T1", "surface": "form", "target": "quantity field (cart line, shelf order, pickup line)", "name": "zero", "payload": {"text": "0"}}
    return BadInput(**{**usual, "expect": "REJECT_FIELD", "why": "", **fields})


def answer(status: int, text: str = "<main>fine</main>", seconds: float = 0.01, **headers: str) -> Answer:
    """An answer as a browser keeps it."""
    return Answer("POST", "/cart/add/", status, {**HTML, **headers}, text.encode(), seconds)


def trial_of(expect: str, *answers: Answer, **fields) -> Trial:
    """A trial that got these answers and changed nothing."""
    made = Trial(an_input(expect=expect), "a test", answer=answers[-1] if answers else None, **fields)
    made.browser().answers.extend(answers)
    made.before = made.after = {}
    return made


# Nothing unknown passes


@pytest.mark.once
def test_an_unknown_surface_or_target_fails():
    with pytest.raises(mapping.UnknownSurface):
        mapping.targets(an_input(surface="fax"))
    with pytest.raises(mapping.UnknownSurface):
        mapping.targets(an_input(target="another field"))


@pytest.mark.once
def test_an_unknown_form_of_payload_fails():
    for payload in ({"gen": "fractal", "n": 3}, {"base64": "AAAA"}, {}):
        with pytest.raises(materialise.UnknownForm):
            materialise.materialise(payload)


@pytest.mark.django_db
def test_an_unknown_outcome_fails():
    with pytest.raises(outcomes.UnknownOutcome):
        outcomes.judge(trial_of("EXPLODE_500", answer(200)))


@pytest.mark.django_db
def test_a_value_that_nobody_can_fill_in_is_named_and_markup_is_left_alone():
    world = World()
    with pytest.raises(UnknownPlaceholder):
        world.filled("https://shop.test/q/<id of the moon>")
    assert world.filled("<script>alert(1)</script><img src=x onerror=alert(1)>") == "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.mark.once
@pytest.mark.parametrize("surface", [("form", "login / sign-up / one-time code"), ("http", "any endpoint"), ("business", "flows and states")])
def test_steps_that_nobody_scripted_are_named_not_passed(surface):
    with pytest.raises(NoScript):
        mapping.targets(an_input(surface=surface[0], target=surface[1], name="juggle seven balls", payload={"steps": ["throw", "catch"]}))
    with pytest.raises(NoScript):
        mapping.targets(an_input(payload={"steps": ["throw", "catch"]}))


@pytest.mark.once
def test_every_input_of_the_catalogue_is_mapped_and_every_outcome_has_a_meaning():
    assert set(SHARED["meta"]["outcomes"]) == set(outcomes.OUTCOMES)
    assert len(SHARED["inputs"]) == SHARED["meta"]["count"]
    for case in read(FOLDER):
        try:
            assert mapping.targets(case)
        except (NotBuilt, NoScript):
            continue


@pytest.mark.once
def test_inputs_come_from_the_folder_that_is_named(tmp_path):
    row = {"id": "Z1", "surface": "form", "target": "x", "name": "n", "payload": {"text": "a"}, "expect": "INERT", "why": "", "basis": "bg"}
    (tmp_path / "bad_inputs_2.json").write_text(json.dumps({"meta": {}, "inputs": [row]}))
    assert [case.id for case in read(tmp_path)] == ["Z1"]
    (tmp_path / "bad_inputs_3.json").write_text(json.dumps({"meta": {}, "inputs": [row]}))
    with pytest.raises(AssertionError, match="twice"):
        read(tmp_path)


@pytest.mark.once
def test_what_waits_is_told_by_name():
    reasons = ["Skipped: surface not built yet: coupons [F46 unknown code]", "Skipped: no script for these steps [X9 juggle]", "needs Chromium: apt-get"]
    assert [waiting.waits(reason) for reason in reasons] == [True, True, False]
    assert waiting.listed(reasons) == ["coupons: F46 unknown code", "no script for these steps: X9 juggle"]


# Payloads


@pytest.mark.once
@pytest.mark.parametrize(
    ("payload", "length", "start"),
    [
        ({"gen": "repeat", "unit": "9", "n": 5000}, 5000, b"999"),
        ({"gen": "nested", "open": "[", "close": "]", "n": 5000}, 10_000, b"[[["),
        ({"gen": "csv_rows", "n": 3, "row": "A1,1"}, 23, b"sku,qty\nA1,1\n"),
        ({"url": "/search/?q=@repeat(a,10000)"}, 10_011, b"/search/?q=aaa"),
        ({"json_raw": '{"name":"\\ud800"}'}, 17, b"{"),
        ({"text": "\ud800"}, 3, b"\xed\xa0\x80"),
        ({"hex": "efbbbf"}, 3, b"\xef\xbb\xbf"),
    ],
)
def test_payloads_become_the_bytes_that_the_catalogue_means(payload, length, start):
    made = materialise.materialise(payload)
    assert (len(made), made[: len(start)]) == (length, start)


@pytest.mark.once
def test_a_picture_of_eighty_megapixels_is_small_and_real():
    made = materialise.materialise({"gen": "png", "w": 9000, "h": 9000, "mode": "1", "tail": "<html>"})
    assert made.endswith(b"IEND\xaeB`\x82<html>")
    assert len(made) < 20_000


# The judge


FAULTS = {
    "ACCEPT_EXACT": (answer(422), {"accepted": False}),
    "ACCEPT_NORMALISED": (answer(302), {"accepted": True, "stored": "Ana ", "canonical": "Ana"}),
    "INERT": (answer(200, '<p onclick="x()">'), {}),
    "REJECT_FIELD": (answer(302), {}),
    "REJECT_400": (answer(422), {}),
    "UNAUTH_401": (answer(200), {}),
    "DENY_403": (answer(200), {}),
    "NOT_FOUND_404": (answer(403), {}),
    "METHOD_405": (answer(405), {}),  # without Allow
    "CONFLICT_409": (answer(302), {}),
    "TOO_LARGE_413": (answer(200), {}),
    "UNSUPPORTED_415": (answer(200), {}),
    "THROTTLE_429": (answer(200), {}),
    "REPLAY_SAME": (answer(302, Location="/orders/2/"), {"first": answer(302, Location="/orders/1/")}),
    "SAFE_REDIRECT": (answer(302, Location="//evil.example/"), {}),
    "SKIP_ROW": (answer(200), {"said": "fine", "whole": True, "lines": {2}}),
    "QUARANTINE": (answer(200), {}),
}


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", outcomes.OUTCOMES)
def test_every_outcome_is_seen_to_fail(outcome):
    wrong, fields = FAULTS[outcome]
    with pytest.raises(AssertionError):
        outcomes.judge(trial_of(outcome, wrong, **fields))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (answer(500), "500"),
        (answer(400, "Traceback (most recent call last): ..."), "leaks"),
        (answer(400, "SELECT id, password FROM omo_user"), "leaks"),
        (answer(400, "psycopg.errors.NumericValueOutOfRange"), "leaks"),
        (answer(400, seconds=2.5), "took"),
    ],
)
def test_no_answer_may_break_leak_or_be_late(wrong, word):
    with pytest.raises(AssertionError, match=word):
        outcomes.judge(trial_of("REJECT_400", wrong))


@pytest.mark.django_db
def test_a_refusal_that_changed_a_table_fails():
    trial = Trial(an_input(expect="REJECT_400"), "a test", answer=answer(400))
    trial.begin()
    Category.objects.create(name="Slipped in", slug="slipped-in")
    trial.end()
    with pytest.raises(AssertionError, match="slipped-in"):
        outcomes.judge(trial)


@pytest.mark.django_db
def test_an_outcome_that_the_catalogue_allows_instead_is_one():
    trial = trial_of("ACCEPT_NORMALISED", answer(400), accepted=False)
    with pytest.raises(AssertionError):
        outcomes.judge(trial)
    trial.case = an_input(expect="ACCEPT_NORMALISED", why="if cp932 is chosen; else REJECT_400, never mojibake")
    outcomes.judge(trial)
