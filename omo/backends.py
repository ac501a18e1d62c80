"""Who is signed in, as allauth finds it out, and cheaper: every page of theirs asks."""

from functools import cache
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from omo.joined import Joined
from omo.models import User


class Backend(AuthenticationBackend):
    """allauth's. The person of a session is read by one bare statement."""

    def get_user(self, user_id: Any) -> User | None:
        """The person, if the account is there and active."""
        for (person,) in _person().read(user_id):
            return person if self.user_can_authenticate(person) else None
        return None


@cache
def _person() -> Joined:
    return Joined("FROM omo_user person WHERE person.id = %s", person=User)
