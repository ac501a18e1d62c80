"""Every input of every catalogue in CASES_DIR, against the surfaces that it can meet, on the database of this run."""

import pytest
from django.core.cache import cache

from tests.cases import mapping, outcomes
from tests.cases.inputs import BadInput, read
from tests.cases.trial import NoScript, NotBuilt, Trial
from tests.cases.world import UnknownPlaceholder, World


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", read(), ids=lambda case: case.id)
def test_bad_input(case: BadInput, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    if unknown := set(case.outcomes) - set(outcomes.OUTCOMES):
        raise outcomes.UnknownOutcome(f"{case.id}: {unknown}")
    try:
        targets = mapping.targets(case)
    except NotBuilt as absent:
        pytest.skip(f"surface not built yet: {absent} [{case.id} {_plain(case.name)}]")
    except NoScript as words:
        pytest.skip(f"no script for these steps [{case.id} {_plain(str(words))}]")
    world = World()
    for target in targets:
        cache.clear()
        trial = Trial(case, target.name)
        try:
            target.run(trial, world)
        except UnknownPlaceholder as value:
            pytest.skip(f"no script for these steps [{case.id} {_plain(case.name)}, where <{value}> is not known]")
        trial.end()
        outcomes.judge(trial)


def _plain(name: str) -> str:
    return name.replace("[", "(").replace("]", ")")
