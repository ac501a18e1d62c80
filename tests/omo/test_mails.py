"""The mail page of the demo."""

import pytest
from django.core import mail
from django.urls import reverse

from stores.models import Assignment
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(settings, tmp_path):
    """A folder into which mails are written, as the demo does."""
    settings.MAIL_DIR = tmp_path
    settings.EMAIL_FILE_PATH = str(tmp_path)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"


def page(client):
    return client.get(reverse("mails"))


def test_an_empty_box_says_when_mail_comes(client, box):
    client.force_login(factories.staff(factories.store()))
    assert "No mail yet" in page(client).content.decode()


def test_staff_read_what_was_sent_newest_first(client, box):
    client.force_login(factories.staff(factories.store()))
    mail.send_mail("Thank you <b>Märta</b>", "Your order\nhttp://shop.test/orders/HP-1/", None, ["marta@shop.test"])
    mail.send_mail("Your order is ready", "Come and fetch it.", None, ["jonas@shop.test"])
    text = page(client).content.decode()
    assert text.index("Your order is ready") < text.index("Thank you &lt;b&gt;Märta&lt;/b&gt;")
    for words in ("<bdi>marta@shop.test</bdi>", "<bdi>jonas@shop.test</bdi>", "Come and fetch it.", 'href="http://shop.test/orders/HP-1/"'):
        assert words in text


def test_customers_do_not_find_the_page_and_production_has_none(client, box, settings):
    client.force_login(factories.user())
    assert page(client).status_code == 404
    client.force_login(factories.head_office())
    assert page(client).status_code == 200
    settings.PRODUCTION = True
    assert page(client).status_code == 404


def test_the_staff_bar_leads_to_the_mails(client, box):
    store = factories.store()
    client.force_login(factories.staff(store))
    assert reverse("mails") in client.get(reverse("queue", args=[store.code])).content.decode()


def test_who_works_in_one_store_keeps_its_navigation_beside_the_mails(client, box):
    store = factories.store()
    person = factories.staff(store)
    client.force_login(person)
    assert reverse("queue", args=[store.code]) in page(client).content.decode()
    Assignment.objects.create(user=person, store=factories.store("riverside"))
    assert reverse("queue", args=[store.code]) not in page(client).content.decode()
