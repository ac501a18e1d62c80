"""Settings: the demo needs none, production refuses unsafe ones with one clear list."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

KEY, CODE_KEY = "k3Yz-9Qw" * 8, "c0De_7Pk" * 8
SAFE = {
    "OMO_MODE": "production",
    "SECRET_KEY": KEY,
    "CODE_KEYS": CODE_KEY,
    "ALLOWED_HOSTS": "shop.example",
    "SITE_URL": "https://shop.example",
    "DATABASE_URL": "postgres://omo@127.0.0.1:1/omo",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp+tls://user:secret@mail.example:587",
    "DEBUG": "false",
}
ENVIRONMENT_MODULES = ("omo/settings.py", "omo/environment.py", "omo/web_server.py", "omo/management/commands/run.py")


def manage(state: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run manage.py with this environment and no other variable of ours."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=kept | {"OMO_STATE_DIR": str(state)} | environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_production_with_good_settings_passes_the_deployment_check(tmp_path):
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **SAFE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout


def test_production_without_settings_refuses_with_one_list(tmp_path):
    done = manage(tmp_path, "check", OMO_MODE="production")
    assert done.returncode != 0
    words = done.stderr.partition("OMO does not start in production mode with these settings:\n")[2]
    named = [line.split()[1] for line in words.splitlines() if line.startswith("- ")]
    assert {"SECRET_KEY", "CODE_KEYS", "ALLOWED_HOSTS", "SITE_URL", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"} <= set(named)


def test_the_refusal_is_the_list_and_nothing_else(tmp_path):
    for command in ("check", "run"):
        done = manage(tmp_path, command, **SAFE | {"DEBUG": "true"})
        assert (done.returncode, done.stderr) == (1, "OMO does not start in production mode with these settings:\n- DEBUG must be false.\n")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "nonsense", "DATABASE_URL names no database that OMO runs on. Write it as postgres://"),
        ("DATABASE_URL", "mysql://omo:hidden@127.0.0.1/omo", "DATABASE_URL names no database that OMO runs on. Write it as postgres://"),
        ("DATABASE_URL", "postgres://omo:hidden@127.0.0.1:abc/omo", "DATABASE_URL cannot be read: Port could not be cast"),
        ("PORT", "99999", "PORT is 99999, but ports are from 1 to 65535."),
        ("PORT", "0", "PORT is 0, but ports are from 1 to 65535."),
        ("PORT", "abc", "PORT is 'abc', which cannot be read"),
        ("OMO_STATE_DIR", "/dev/null/state", "OMO_STATE_DIR is /dev/null/state, which cannot be made: Not a directory. Set OMO_STATE_DIR to"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_one_line(tmp_path, name, value, words):
    done = manage(tmp_path, "run", **{name: value})
    assert done.returncode == 1
    assert done.stderr.startswith(words)
    assert done.stderr.count("\n") == 1
    assert "hidden" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "true"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 60),
        ("CODE_KEYS", "short"),
        ("CODE_KEYS", KEY),
        ("ALLOWED_HOSTS", "*"),
        ("SITE_URL", "http://shop.example"),
        ("DATABASE_URL", "sqlite:////nowhere/db.sqlite3"),
        ("REDIS_URL", "memory://"),
    ],
)
def test_production_names_the_one_unsafe_setting(tmp_path, name, value):
    done = manage(tmp_path, "check", **SAFE | {name: value})
    assert done.returncode != 0
    faults = [line for line in done.stderr.splitlines() if line.startswith("- ")]
    assert [line.split()[1] for line in faults] == [name]


def test_the_refusal_does_not_print_secrets(tmp_path):
    done = manage(tmp_path, "check", **SAFE | {"DEBUG": "true"})
    assert done.returncode != 0
    assert KEY not in done.stderr
    assert CODE_KEY not in done.stderr


def test_an_unknown_mode_is_refused_in_words(tmp_path):
    done = manage(tmp_path, "check", OMO_MODE="staging")
    assert done.returncode != 0
    assert "OMO_MODE is 'staging'; it must be 'demo' or 'production'." in done.stderr


def test_the_demo_needs_no_setting_and_keeps_its_secrets_to_its_owner(tmp_path):
    first = manage(tmp_path, "shell", "-v", "0", "-c", "from django.conf import settings; print(settings.SECRET_KEY)")
    again = manage(tmp_path, "shell", "-v", "0", "-c", "from django.conf import settings; print(settings.SECRET_KEY)")
    assert first.returncode == 0, first.stderr
    assert first.stdout == again.stdout
    assert len(first.stdout.strip()) >= 50
    assert {file.stat().st_mode & 0o077 for file in (tmp_path / "secret_key", tmp_path / "code_key")} == {0}


def test_every_variable_that_is_read_stands_in_the_example():
    read = set()
    for name in ENVIRONMENT_MODULES:
        read |= set(re.findall(r"""env(?:\.[a-z_]+)?\(\s*["']([A-Z_]+)["']""", (settings.BASE_DIR / name).read_text()))
    listed = set(re.findall(r"(?m)^#?([A-Z][A-Z_]+)=", (settings.BASE_DIR / ".env.example").read_text()))
    assert {"OMO_MODE", "DATABASE_URL", "PORT"} <= read
    assert read - listed == set()
    assert listed - read == {"TEST_DATABASE_URL", "TEST_REDIS_URL", "CHROMIUM", "CASES_DIR", "COMPLETE_JOURNEY_DIR"}
