"""Reading the catalogues: every bad_inputs*.json in the folder named by CASES_DIR."""

import json
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.cases.materialise import materialise

FOLDER = Path(os.environ.get("CASES_DIR") or Path(__file__).parent / "data")


@dataclass(frozen=True)
class BadInput:
    """One input and what must come of it."""

    id: str
    surface: str
    target: str
    name: str
    payload: dict[str, Any]
    expect: str
    why: str

    @cached_property
    def content(self) -> bytes:
        """What is sent, as bytes."""
        made = materialise(self.payload)
        assert isinstance(made, bytes), f"{self.id}: steps are scripted, not sent"
        return made

    @cached_property
    def text(self) -> str:
        """What is sent, as text; a lone surrogate stays one, as a JSON parser would hand it on."""
        return self.content.decode("utf-8", "surrogatepass")

    @property
    def outcomes(self) -> list[str]:
        """What may come of it: what is expected, and what the catalogue itself allows instead ('if ... is chosen; else REJECT_400')."""
        return [self.expect, *re.findall(r"\belse ([A-Z]+_[A-Z0-9]+)", self.why)]

    @property
    def steps(self) -> list[str]:
        """The words of the steps, none for an input that is sent at once."""
        return list(self.payload.get("steps", ()))

    @property
    def words(self) -> str:
        """Name and steps in small letters: by which a script is chosen."""
        return " · ".join([self.name, *self.steps]).lower()


def read(folder: Path = FOLDER) -> list[BadInput]:
    """The inputs of every catalogue in the folder, in order of file and place. Raises AssertionError for none, or for an id given twice."""
    files = sorted(folder.glob("bad_inputs*.json"))
    assert files, f"no bad_inputs*.json in {folder}"
    found = [_input(row) for file in files for row in json.loads(file.read_text("utf-8"))["inputs"]]
    ids = [one.id for one in found]
    assert len(ids) == len(set(ids)), "an id is given twice"
    return found


def _input(row: dict[str, Any]) -> BadInput:
    return BadInput(**{key: row[key] for key in ("id", "surface", "target", "name", "payload", "expect")}, why=row.get("why", ""))
