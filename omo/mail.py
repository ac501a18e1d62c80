"""Sending a message of the outbox as an e-mail."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from omo import codes
from omo.models import Message


def send(message: Message, *, to: str, context: dict[str, Any]) -> None:
    """Send templates/messages/<kind>.txt (its first line is the subject) and .html to one address.

    The Message-ID comes from the dedup key, so that a mail sent again after a crash can be told as the same one. Raises what the mail backend raises.
    """
    context = {"shop_name": settings.SHOP_NAME, "site_url": settings.SITE_URL, **context}
    subject, _, text = render_to_string(f"messages/{message.kind}.txt", context).lstrip().partition("\n")
    mail = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=text.strip() + "\n",
        to=[to],
        headers={"Message-ID": f"<{codes.digest('mail', message.dedup_key)[:32]}@{settings.SITE_URL.split('//')[-1].split(':')[0]}>"},
    )
    mail.attach_alternative(render_to_string(f"messages/{message.kind}.html", {**context, "subject": mail.subject}), "text/html")
    mail.send()
