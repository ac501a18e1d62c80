"""The simulated shop that loses goods, on a small scale: for its behaviour, not for its time. No database."""

from datetime import date
from pathlib import Path

import pytest

from tests.benchmarks import report, shrinkage
from tests.benchmarks.shrinkage import BEFORE, FIRST, SAME, Outcome, World, fixed, outcome, run

pytestmark = pytest.mark.once
SMALL = World(variants=40)


def test_a_world_without_shrinkage_has_no_short_pick_and_refuses_nothing():
    honest = World(variants=40, shrinkage=0)
    assert outcome(honest, BEFORE, [1])[2:] == (0, 0)


def test_a_fixed_buffer_trades_short_picks_for_sales():
    none, one, two = (run(SMALL, fixed(units), shrinkage.POLICY, seed=1) for units in range(3))
    assert none.wanted == one.wanted == two.wanted == 997
    assert none.short > one.short > 0 == two.short
    assert 0 == none.refused < one.refused < two.refused


def test_buffers_by_confidence_halve_the_short_picks_for_a_twentieth_of_the_sales():
    before, same, first = (outcome(SMALL, way, range(1, 5)) for way in (BEFORE, SAME, FIRST))
    assert before.wanted == same.wanted == first.wanted
    assert first.short_rate < same.short_rate < 0.55 * before.short_rate
    assert 0 < same.lost_rate < 5
    assert 0 < first.lost_rate < 5


def test_the_same_seed_is_the_same_world():
    assert outcome(SMALL, SAME, [3]) == outcome(SMALL, SAME, [3])
    assert outcome(SMALL, SAME, [3]) != outcome(SMALL, SAME, [4])


def test_a_count_tells_the_books_what_is_there():
    shelf = shrinkage.Shelf.drawn("any", SMALL)
    shelf.there -= 1
    shelf.picks = [(0, False)]
    shelf.count(5)
    facts = shelf.facts(6, shrinkage.POLICY)
    assert (shelf.on_hand, facts.counted, facts.days, facts.picks, facts.shorts) == (shelf.there, date(2026, 9, 6), 1, 0, 0)


def test_rates_of_nothing_are_0():
    assert (Outcome().short_rate, Outcome().lost_rate) == (0, 0)


# RESULTS.md


def test_a_section_is_written_anew_and_the_others_stay(tmp_path: Path, monkeypatch):
    results = tmp_path / "RESULTS.md"
    results.write_text("# Benchmark\n\nRates\n")  # as it was before there were sections
    monkeypatch.setattr(report, "RESULTS", results)
    report.keep("shrinkage", ["# Shrinkage", "", "old"])
    report.keep("growth", ["# Growth"])
    report.keep("shrinkage", ["# Shrinkage", "", "new"])
    report.keep("rates", ["# Benchmark", "", "New rates"])
    assert results.read_text() == (
        "<!-- section: rates -->\n# Benchmark\n\nNew rates\n\n<!-- section: shrinkage -->\n# Shrinkage\n\nnew\n\n<!-- section: growth -->\n# Growth\n"
    )
