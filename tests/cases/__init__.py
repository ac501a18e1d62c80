"""Bad inputs against every surface, and what must come of them."""

from pathlib import Path

import pytest

for file in Path(__file__).parent.glob("[a-z]*.py"):
    pytest.register_assert_rewrite(f"tests.cases.{file.stem}")  # so that every failed expectation shows what it saw
