"""Steps, told in words by a catalogue, as scripts: found by the words of their name."""

import re
from collections.abc import Callable

from tests.cases.inputs import BadInput
from tests.cases.targets import Runner, Target
from tests.cases.trial import NoScript

Script = tuple[tuple[str, ...], Runner]


class Scripts:
    """The scripts of a surface."""

    def __init__(self) -> None:
        self.scripts: list[Script] = []

    def __call__(self, *words: str) -> Callable[[Runner], Runner]:
        """Register a script for the steps whose name or wording holds all of these: the beginnings of words, any one of 'a|b'."""

        def register(run: Runner) -> Runner:
            self.scripts.append((words, run))
            return run

        return register

    def of(self, case: BadInput) -> list[Target]:
        """The script of these steps. Raises NoScript if nobody has written one."""
        for words, run in self.scripts:
            if all(re.search(rf"\b(?:{word})", case.words) for word in words):
                return [Target(run.__name__.replace("_", " "), run)]
        raise NoScript(case.name)
