"""The outbox in head office: what failed is seen, and sent again."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from omo import needs, outbox
from omo.models import Event, Message
from tests import factories
from tests.office import url

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    """The browser of somebody of head office with every right."""
    client.force_login(factories.head_office())
    return client


def message(state, key, **fields):
    usual = {"available_at": timezone.now(), "attempts": 8}
    return Message.objects.create(kind="order_placed", dedup_key=key, payload={"fulfilment": 4711}, state=state, created_at=timezone.now(), **(usual | fields))


def test_a_dead_message_is_sent_again_by_its_button(office):
    dead = message(Message.State.DEAD, "a", last_error="SMTPServerDisconnected: gone")
    page = office.get(url(Message, "change", dead.pk)).text
    for words in ("SMTPServerDisconnected: gone", "4711", "Send again", "Dead"):
        assert words in page
    answer = office.post(url(Message, "press", dead.pk, "resend"), follow=True)
    assert "1 message will be sent again now." in answer.text
    dead.refresh_from_db()
    assert (dead.state, dead.attempts, dead.last_error) == (Message.State.DUE, 0, "")
    assert outbox.claim(at=timezone.now()) == dead
    assert Event.objects.get(kind="office.changed").data == {"what": [{"changed": {"fields": ["sent again"]}}]}


def test_many_are_sent_again_at_once_and_those_on_the_way_are_left_alone(office):
    rows = [message(Message.State.DEAD, "a"), message(Message.State.SENT, "b"), message(Message.State.DUE, "c", attempts=3)]
    answer = office.post(url(Message), {"action": "resend", "_selected_action": [row.pk for row in rows]}, follow=True)
    assert "2 messages will be sent again now." in answer.text
    assert "1 message is due already and on the way." in answer.text
    assert list(Message.objects.order_by("id").values_list("state", "attempts")) == [("due", 0), ("due", 0), ("due", 3)]


def test_what_is_due_has_no_button_and_a_button_is_pressed_by_post_only(office):
    due = message(Message.State.DUE, "a")
    assert "Send again</button>" not in office.get(url(Message, "change", due.pk)).text
    assert office.get(url(Message, "press", due.pk, "resend")).status_code == 405
    assert office.post(url(Message, "press", due.pk, "delete_selected")).status_code == 404
    assert office.post(url(Message, "press", 999_999, "resend")).status_code == 404


def test_who_may_only_look_cannot_send(client):
    person = factories.user(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename="view_message"))
    client.force_login(person)
    dead = message(Message.State.DEAD, "a")
    assert "Send again" not in client.get(url(Message, "change", dead.pk)).text
    assert client.post(url(Message, "press", dead.pk, "resend")).status_code == 404
    dead.refresh_from_db()
    assert dead.state == Message.State.DEAD


def test_dead_and_overdue_messages_need_somebody(office):
    now = timezone.now()
    message(Message.State.DEAD, "a")
    message(Message.State.DUE, "fresh")
    message(Message.State.DUE, "being sent", available_at=now - timedelta(hours=1), lease_until=now + timedelta(minutes=1), attempts=1)
    late = message(Message.State.DUE, "late", available_at=now - timedelta(hours=1))
    retried = message(Message.State.DUE, "waits for its next try", available_at=now - timedelta(hours=2), lease_until=now + timedelta(minutes=9), attempts=7)
    found = [(need.count, need.words, need.tone) for need in needs.messages_stuck(at=now)]
    assert found == [(1, "message failed for good", "stop"), (2, "messages are overdue", "stop")]
    home = office.get("/admin/").text
    assert "message failed for good" in home
    assert list(office.get(f"{url(Message)}?waits=overdue").context["cl"].result_list) == [retried, late]
    assert "Nothing just now." not in home
    Message.objects.update(state=Message.State.SENT)
    assert "Nothing just now." in office.get("/admin/").text
