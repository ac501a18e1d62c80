"""What production refuses, and the secrets of the demo."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings as ours
from django.core.exceptions import ImproperlyConfigured

from omo.celery import app
from omo.environment import kept_secret, refuse_no_payment, refuse_unsafe

SAFE = {
    "DEBUG": False,
    "SECRET_KEY": "k3Yz-9Qw" * 8,
    "CODE_KEYS": ["c0De_7Pk" * 8],
    "ALLOWED_HOSTS": ["shop.example"],
    "SITE_URL": "https://shop.example",
    "DATABASES": {"default": {"ENGINE": "omo.postgresql"}},
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "OUTBOX_LEASE_SECONDS": 251,
    "DELIVERY_KILLED_SECONDS": 250,
}


def faults(**settings) -> list[str]:
    with pytest.raises(ImproperlyConfigured) as refusal:
        refuse_unsafe(SAFE | settings)
    return str(refusal.value).splitlines()[1:]


@pytest.mark.parametrize("name", ["filebased", "console", "dummy", "locmem"])
def test_production_refuses_a_mail_backend_that_sends_nothing(name):
    assert faults(EMAIL_BACKEND=f"django.core.mail.backends.{name}.EmailBackend") == ["- EMAIL_URL must name a mail server."]


def test_production_refuses_a_lease_that_ends_before_a_delivery_may():
    assert faults(OUTBOX_LEASE_SECONDS=250) == ["- OUTBOX_LEASE_SECONDS must be more than 250, the most that a delivery takes."]


def test_production_takes_good_settings():
    refuse_unsafe(SAFE)
    assert (ours.DELIVERY_SECONDS, ours.DELIVERY_KILLED_SECONDS) == (240, 250)


def test_a_worker_waits_for_its_broker_for_ever():
    assert app.conf.broker_connection_max_retries is None
    assert app.conf.broker_connection_retry_on_startup is True


def test_a_secret_is_made_once_and_is_its_owners_only(tmp_path):
    made = kept_secret("secret_key", tmp_path / "var")
    assert len(made) == 64
    assert kept_secret("secret_key", tmp_path / "var") == made
    assert [file.name for file in (tmp_path / "var").iterdir()] == ["secret_key"]
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_secret_file_that_a_cut_off_start_left_empty_counts_as_absent(tmp_path):
    (tmp_path / "secret_key").touch()
    assert len(kept_secret("secret_key", tmp_path)) == 64
    assert kept_secret("secret_key", tmp_path) == (tmp_path / "secret_key").read_text()


def test_first_starts_at_once_get_the_same_secret(tmp_path: Path, monkeypatch):
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: kept_secret("secret_key", tmp_path), range(8)))) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_start_that_comes_second_takes_the_firsts_secret(tmp_path, monkeypatch):
    """The other one finishes between our look and our link."""

    def meanwhile(size: int) -> str:
        (tmp_path / "secret_key").write_text("the first's")
        return "the second's"

    monkeypatch.setattr("omo.environment.secrets.token_urlsafe", meanwhile)
    assert kept_secret("secret_key", tmp_path) == "the first's"


STRIPE = {"PAYMENT_PROVIDERS": ["stripe"], "STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_WEBHOOK_SECRETS": ["whsec_1"], "PROVIDER_ADAPTERS": ours.PROVIDER_ADAPTERS}


def test_production_refuses_the_sandbox():
    assert faults(PAYMENT_PROVIDERS=["sandbox"], PROVIDER_ADAPTERS=ours.PROVIDER_ADAPTERS) == [
        "- PAYMENT_PROVIDERS must not name the sandbox: it takes no money."
    ]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"STRIPE_SECRET_KEY": ""}, "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS must be set for the payment provider stripe."),
        ({"STRIPE_WEBHOOK_SECRETS": []}, "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS must be set for the payment provider stripe."),
        ({"PAYMENT_PROVIDERS": ["stripes"]}, "PAYMENT_PROVIDERS names stripes, which OMO does not know. There are sandbox and stripe."),
        ({"PAYMENT_CAPTURE": "later"}, "PAYMENT_CAPTURE must be at_once or when_ready."),
        ({"PAYMENT_MINUTES": 0}, "PAYMENT_MINUTES must be from 1 to 1440."),
    ],
)
def test_payment_settings_that_cannot_work_are_refused_in_production_and_in_the_demo(wrong, words):
    assert faults(**STRIPE | wrong) == [f"- {words}"]
    with pytest.raises(SystemExit, match=words[:30]):
        refuse_no_payment(SAFE | STRIPE | wrong)


def test_good_payment_settings_are_taken():
    refuse_unsafe(SAFE | STRIPE)
    refuse_no_payment({"PAYMENT_PROVIDERS": ["sandbox"], "PROVIDER_ADAPTERS": ours.PROVIDER_ADAPTERS})
