"""A real grocer's receipts: the few that lie here, and all of them where COMPLETE_JOURNEY_DIR names their folder."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Journey:
    """A folder of products.csv, stores.csv and receipts.csv.gz, and how much is in it."""

    folder: Path
    products: int
    receipts: int
    lines: int
    members: int
    stores: int = 12


FEW = Journey(Path(__file__).parent / "data" / "complete_journey", products=2540, receipts=300, lines=3392, members=202)
JOURNEYS = [pytest.param(FEW, id="300 receipts")]
if os.environ.get("COMPLETE_JOURNEY_DIR"):
    JOURNEYS.append(
        pytest.param(Journey(Path(os.environ["COMPLETE_JOURNEY_DIR"]), products=14_037, receipts=3885, lines=43_180, members=624), id="3885 receipts")
    )
