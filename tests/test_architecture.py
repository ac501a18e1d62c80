"""The shape of the house, read from its source. Every rule is also shown to fail on a small fault."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

BASE_DIR = Path(__file__).resolve().parent.parent
FLOORS = ("omo", "stores", "loyalty", "orders")  # each may import itself and what stands before it
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 300, 40
NO_NAMES = {"services", "utils", "helpers", "managers", "misc", "common"}

# Where a request may be seen; everything else in the four rooms is an act, a model or a rule.
MEETS_REQUESTS = {
    "views", "api", "admin", "middleware", "strictness", "office", "context", "kept", "urls", "accounts", "forms", "fields",
    "templatetags", "management", "migrations", "apps", "wsgi", "celery",
}  # fmt: skip

Fault = str


# The rules


def imports_upwards(room: str, source: str) -> list[Fault]:
    """Imports of a room that stands above this one."""
    above = FLOORS[FLOORS.index(room) + 1 :]
    return [f"line {line}: {room} imports {name}" for line, name in _imports(source) if name.split(".")[0] in above]


def imports_in_functions(source: str) -> list[Fault]:
    """Imports that hide inside a function."""
    inner = {node for function in _functions(source) for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)}
    return [f"line {node.lineno}: import inside a function" for node in sorted(inner, key=lambda node: node.lineno)]


def sees_requests(source: str) -> list[Fault]:
    """Signs of HTTP in code that must not know it."""
    faults = [f"line {line}: imports {name}" for line, name in _imports(source) if name.startswith(("django.http", "django.shortcuts"))]
    for function in _functions(source):
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        takes = [one for one in arguments if one.arg == "request" and not (isinstance(one.annotation, ast.Name) and one.annotation.id == "str")]
        faults += [f"line {function.lineno}: takes a request" for _ in takes]  # a fingerprint of one (str) is no request
    return faults


def long_functions(source: str) -> list[Fault]:
    """Functions of more lines than a reader keeps in mind."""
    lengths = [(function.name, (function.end_lineno or 0) - function.lineno + 1) for function in _functions(source) if not isinstance(function, ast.Lambda)]
    return [f"{name} has {length} lines" for name, length in lengths if length > MOST_LINES_OF_A_FUNCTION]


def too_long(text: str) -> list[Fault]:
    """A file that tells more than one story."""
    length = len(text.splitlines())
    return [f"{length} lines"] if length > MOST_LINES else []


def counts_availability(source: str) -> list[Fault]:
    """A second formula of what may be promised: safety stock taken off what is on hand."""
    subtractions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)]
    formulas = [node for node in subtractions if {"on_hand", "safety_stock"} <= _words(node)]
    return [f"line {line}: a formula of ATP" for line in sorted({node.lineno for node in formulas})]


def names_nothing(path: Path) -> list[Fault]:
    """A module or folder whose name says nothing about its content."""
    return [f"the name '{part}' says nothing" for part in (*path.parent.parts, path.stem) if part in NO_NAMES]


def inline_code(template: str) -> list[Fault]:
    """What the content security policy would refuse, or what would need a weaker one."""
    signs = {
        "style attribute": r"<[^>]*\sstyle\s*=",
        "style element": r"<style\b",
        "script without src": r"<script\b(?![^>]*\ssrc\s*=)(?![^>]*type\s*=\s*[\"'](?:application/(?:ld\+)?json)[\"'])",
        "event handler": r"<[^>]*\s(?:on[a-z]+|data-hx-on[^=\s]*|hx-on[^=\s]*)\s*=",
        "script address": r"javascript:",
    }
    return [f"line {template[: found.start()].count(chr(10)) + 1}: {what}" for what, sign in signs.items() for found in re.finditer(sign, template, re.I)]


def machine_traces(text: str) -> list[Fault]:
    """Paths and hosts of the machine that a file was made on."""
    folders = ["/" + name for name in ("work/", "root/", "opt/pypi/", "opt/wheels/", "home/[a-z]+/", "tmp/(?:omo|bash)")]
    registries = ("pypi_org", "pythonhosted_org", "npmjs_org", "npmjs_com", "crates_io", "rubygems_org", "proxy_golang_org")
    hosts = [rf"\b{name.replace('_', chr(92) + '.')}\b" for name in registries]
    traces = re.compile("|".join(folders + hosts))
    return [f"line {number}: {found[0]}" for number, line in enumerate(text.splitlines(), 1) for found in traces.finditer(line)]


# What they read


def _imports(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def _words(node: ast.AST) -> set[str]:
    """The names, attributes and texts in an expression."""
    return {str(getattr(one, field)) for one in ast.walk(node) for field in ("id", "attr", "value") if isinstance(getattr(one, field, None), str)}


def _functions(source: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]


def _tracked() -> list[Path]:
    """The files that belong to the product: what git tracks or would track."""
    try:
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        names = [str(file.relative_to(BASE_DIR)) for file in BASE_DIR.rglob("*") if not {".venv", "var", ".git"} & set(file.parts)]
    return sorted(Path(name) for name in names if (BASE_DIR / name).is_file())


TRACKED = _tracked()
CODE = [file for file in TRACKED if file.suffix == ".py" and file.parts[0] in FLOORS and "migrations" not in file.parts]
ACTS = [file for file in CODE if not {*file.parts, file.stem} & MEETS_REQUESTS]
TEMPLATES = [file for file in TRACKED if file.suffix == ".html" and ("templates" in file.parts) and "messages" not in file.parts]


def _faults(rule: Callable[..., list[Fault]], files: list[Path]) -> list[str]:
    assert files, "no file was read"
    return [f"{file}: {fault}" for file in files for fault in rule((BASE_DIR / file).read_text())]


# The house keeps them


def test_imports_go_one_way():
    assert [f"{file}: {fault}" for file in CODE for fault in imports_upwards(file.parts[0], (BASE_DIR / file).read_text())] == []


def test_imports_stand_at_the_top():
    assert _faults(imports_in_functions, CODE) == []


def test_acts_never_see_a_request():
    assert {Path("stores/stock.py"), Path("omo/outbox.py")} <= set(ACTS)
    assert _faults(sees_requests, ACTS) == []


def test_what_may_be_promised_is_computed_in_one_place():
    assert _faults(counts_availability, [file for file in CODE if file != Path("stores/atp.py")]) == []
    assert _faults(counts_availability, [Path("stores/atp.py")]) != []


def test_no_function_is_longer_than_forty_lines():
    assert _faults(long_functions, CODE) == []


def test_no_file_is_longer_than_three_hundred_lines():
    tests = [file for file in TRACKED if file.suffix == ".py" and file.parts[0] == "tests"]
    assert _faults(too_long, CODE + tests + TEMPLATES) == []


def test_every_module_has_a_name_that_says_something():
    assert [f"{file}: {fault}" for file in CODE for fault in names_nothing(file)] == []


def test_templates_hold_no_inline_code():
    assert _faults(inline_code, TEMPLATES) == []


def test_no_file_tells_about_the_machine_it_was_made_on():
    pictures = {".png", ".jpg", ".jpeg", ".webp", ".gz", ".ico", ".woff2", ".pdf"}
    texts = [file for file in TRACKED if file.suffix not in pictures and file.name != Path(__file__).name]
    assert len(texts) > 50
    faults = [f"{file}: {fault}" for file in texts for fault in machine_traces((BASE_DIR / file).read_bytes().decode(errors="replace"))]
    assert faults == []


# They can fail


@pytest.mark.parametrize(
    ("rule", "fault", "fine"),
    [
        (lambda source: imports_upwards("omo", source), "from stores.models import Store", "from omo.models import User"),
        (lambda source: imports_upwards("loyalty", source), "import orders.till", "import stores.stock"),
        (imports_in_functions, "def f():\n    import json", "import json\ndef f():\n    return json"),
        (imports_in_functions, "class A:\n    def f(self):\n        if self:\n            from x import y", "class A:\n    x = 1"),
        (sees_requests, "from django.http import Http404", "from django.db import models"),
        (sees_requests, "from django.shortcuts import render", "import http"),
        (sees_requests, "def place_order(cart, *, request):\n    ...", "def place_order(cart, *, by):\n    ..."),
        (counts_availability, "left = level.on_hand - level.allocated - level.safety_stock", "free = level.on_hand - level.allocated"),
        (counts_availability, 'F("on_hand") - F("safety_stock")', "atp.expression(at=at)"),
        (long_functions, "def f():\n" + "    a = 1\n" * 40, "def f():\n" + "    a = 1\n" * 39),
        (too_long, "a\n" * 301, "a\n" * 300),
        (lambda name: names_nothing(Path(name)), "orders/services.py", "orders/pickup.py"),
        (lambda name: names_nothing(Path(name)), "orders/utils/money.py", "orders/models/order.py"),
        (inline_code, '<p class="a" style="color: red">', '<p class="style">'),
        (inline_code, "<script>alert(1)</script>", '<script src="{% static "app.js" %}" defer></script>'),
        (inline_code, '<button onclick="go()">', '<button name="on">'),
        (inline_code, "<style>p{}</style>", '<link rel="stylesheet" href="a.css">'),
        (machine_traces, "see /" + "work/main", "see the work/life balance"),
        (machine_traces, "https://pypi." + "org/simple", "the PyPI package"),
    ],
)
def test_each_rule_finds_its_fault(rule, fault, fine):
    assert rule(fault) != []
    assert rule(fine) == []
