"""Every input of every catalogue in CASES_DIR, against the surfaces that it can meet, on the database of this run."""

from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.addresses import Shop, ours
from tests.cases import mapping, outcomes
from tests.cases.inputs import BadInput, read
from tests.cases.trial import NoScript, NotBuilt, Trial
from tests.cases.world import UnknownPlaceholder, World
from tests.complete_journey import FEW
from tests.orders import paying

pytestmark = pytest.mark.last


@pytest.fixture(scope="session")
def warm(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Every page and the import were used once: the first use pays for imports and templates, and no input is to be blamed for that."""
    with django_db_blocker.unblock(), transaction.atomic():
        shop = Shop()
        for address in ours():
            shop.client("staff").get(shop.path(address))
        call_command("import_catalogue", products=FEW.folder / "products.csv", dry_run=True, stdout=StringIO())
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("case", read(), ids=lambda case: case.id)
def test_bad_input(case: BadInput, settings, monkeypatch):
    settings.ALLOWED_HOSTS = ["testserver"]
    paying.posting(monkeypatch)
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
