"""Where settings come from: the environment, `.env`, and in demo mode secrets made on first use."""

import importlib.util
import os
import secrets
import tempfile
import warnings
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")
ENGINES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
MAILLESS = tuple(f"{name}.EmailBackend" for name in ("filebased", "console", "dummy", "locmem"))
"""Django's mail backends that send nothing to anybody."""
DATABASE_URLS = "postgres://user:password@host:5432/name, or sqlite:////folder/file.sqlite3 for the demo"


class Environment(environ.Env):
    """The environment, in which an empty variable counts as one that is not set, and one that cannot be read is named in words."""

    ENVIRON = {name: value for name, value in os.environ.items() if value}

    def get_value(self, var: str, *args: Any, **options: Any) -> Any:
        """The value of a variable. Raises SystemExit if it cannot be read."""
        try:
            return super().get_value(var, *args, **options)
        except ValueError as failure:
            raise SystemExit(f"{var} is '{self.ENVIRON.get(var)}', which cannot be read: {failure}") from failure

    def db_url(self, *args: Any, **options: Any) -> dict[str, Any]:
        """The database of a URL; {} for an empty one. Raises SystemExit if OMO does not run on it. The URL is not repeated: it may hold a password."""
        try:
            with warnings.catch_warnings(action="ignore"):
                found = super().db_url(*args, **options)
        except ValueError as failure:
            raise SystemExit(f"DATABASE_URL cannot be read: {failure}. Write it as {DATABASE_URLS}.") from failure
        if (found or self.ENVIRON.get("DATABASE_URL")) and found.get("ENGINE") not in ENGINES:
            raise SystemExit(f"DATABASE_URL names no database that OMO runs on. Write it as {DATABASE_URLS}.")
        return dict(found)


env = Environment()


def port() -> int:
    """The port that the shop listens on. Raises SystemExit if there is no such port."""
    number: int = env.int("PORT", default=8000)
    if not 1 <= number <= 65535:
        raise SystemExit(f"PORT is {number}, but ports are from 1 to 65535. Choose another, for example 8000.")
    return number


def state_dir() -> Path:
    """The folder of everything that OMO keeps in files, made if it is not there. Raises SystemExit if it cannot be made or written to."""
    folder = Path(env.str("OMO_STATE_DIR", default=str(BASE_DIR / "var")))
    way_out = "Set OMO_STATE_DIR to a folder that may be made and written to."
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise SystemExit(f"OMO_STATE_DIR is {folder}, which cannot be made: {failure.strerror}. {way_out}") from failure
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SystemExit(f"OMO_STATE_DIR is {folder}, which may not be written to. {way_out}")
    return folder


def kept_secret(name: str, folder: Path) -> str:
    """A random secret of the demo: made once, kept in `folder` readable by its owner only, the same at every later start and for several first ones."""
    file = folder / name
    if not file.exists() or not file.read_text():
        folder.mkdir(parents=True, exist_ok=True)
        _put_if_absent(file, secrets.token_urlsafe(48))
    return file.read_text()


def _put_if_absent(file: Path, text: str) -> None:
    """Make the file with this text, whole at once, unless another process was faster. An empty one, left by a start that was cut off, is replaced."""
    number, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")  # its owner's only
    try:
        with os.fdopen(number, "w") as opened:
            opened.write(text)
        os.link(draft, file)
    except FileExistsError:
        if not file.read_text():
            os.replace(draft, file)
    finally:
        Path(draft).unlink(missing_ok=True)


def refuse_no_payment(settings: dict) -> None:
    """Stop the start of a demo whose payment settings cannot work. Raises SystemExit with the first fault."""
    for wrong, words in _payment_faults(settings):
        if wrong:
            raise SystemExit(words)


def _payment_faults(settings: dict) -> list[tuple[bool, str]]:
    online = settings.get("PAYMENT_PROVIDERS", [])
    unknown = sorted(set(online) - set(settings.get("PROVIDER_ADAPTERS", {})))
    keys = settings.get("STRIPE_SECRET_KEY") and settings.get("STRIPE_WEBHOOK_SECRETS")
    return [
        (bool(unknown), f"PAYMENT_PROVIDERS names {', '.join(unknown)}, which OMO does not know. There are sandbox and stripe."),
        ("stripe" in online and not keys, "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS must be set for the payment provider stripe."),
        ("stripe" in online and not importlib.util.find_spec("stripe"), "The payment provider stripe needs its library: pip install '.[stripe]'."),
        (settings.get("PAYMENT_CAPTURE", "at_once") not in ("at_once", "when_ready"), "PAYMENT_CAPTURE must be at_once or when_ready."),
        (not 1 <= settings.get("PAYMENT_MINUTES", 30) <= 1440, "PAYMENT_MINUTES must be from 1 to 1440."),
    ]


def refuse_unsafe(settings: dict) -> None:
    """Stop the start of a production with an unsafe setting. Raises ImproperlyConfigured with the whole list, one line each."""
    longest = settings["DELIVERY_KILLED_SECONDS"]
    faults = [
        (settings["DEBUG"], "DEBUG must be false."),
        (len(settings["SECRET_KEY"]) < 50, "SECRET_KEY must be set and at least 50 characters long."),
        (len(set(settings["SECRET_KEY"])) < 5, "SECRET_KEY must be random."),
        (any(len(key) < 32 for key in settings["CODE_KEYS"]) or not settings["CODE_KEYS"], "CODE_KEYS must hold at least one key of 32 characters or more."),
        (settings["SECRET_KEY"] in settings["CODE_KEYS"], "CODE_KEYS must differ from SECRET_KEY."),
        (not settings["ALLOWED_HOSTS"] or "*" in settings["ALLOWED_HOSTS"], "ALLOWED_HOSTS must name the hosts of the shop, without *."),
        (not settings["SITE_URL"].startswith("https://"), "SITE_URL must be the shop's public https:// address; labels and mails carry it."),
        (settings["DATABASES"]["default"]["ENGINE"] != "omo.postgresql", "DATABASE_URL must name a PostgreSQL database."),
        (not settings["CELERY_BROKER_URL"].startswith(("redis://", "rediss://")), "REDIS_URL must name a Redis server."),
        (settings["EMAIL_BACKEND"].endswith(MAILLESS), "EMAIL_URL must name a mail server."),
        ("sandbox" in settings.get("PAYMENT_PROVIDERS", []), "PAYMENT_PROVIDERS must not name the sandbox: it takes no money."),
        *_payment_faults(settings),
        (settings["OUTBOX_LEASE_SECONDS"] <= longest, f"OUTBOX_LEASE_SECONDS must be more than {longest}, the most that a delivery takes."),
    ]
    found = [words for wrong, words in faults if wrong]
    if found:
        raise ImproperlyConfigured("OMO does not start in production mode with these settings:\n- " + "\n- ".join(found))
