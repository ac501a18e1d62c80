"""The words that every app needs."""

from omo.models.append_only import AppendOnly
from omo.models.event import Event
from omo.models.idempotency import IdempotencyRecord
from omo.models.mailed_code import MailedCode
from omo.models.message import Message
from omo.models.user import User

__all__ = ["AppendOnly", "Event", "IdempotencyRecord", "MailedCode", "Message", "User"]
