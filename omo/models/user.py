"""A person who signs in: customer, staff or head office. One account each, by e-mail."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac


class UserManager(BaseUserManager["User"]):
    """Makes accounts; e-mail addresses are kept in lower case, so that one mailbox has one account."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new account. Without `password` it signs in by code only."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new head-office account with every permission."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """The account of an e-mail address, whatever its case. Raises User.DoesNotExist."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """An account. `is_staff` means head office (Django admin); who works in which store is `stores.Assignment`."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    is_staff = models.BooleanField("head office", default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    sessions_version = models.PositiveIntegerField(default=0, editable=False, help_text="raising it ends every session of the account")

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def works_here(self) -> bool:
        """Whether the person works at head office or in a store."""
        return self.is_staff or self.assignments.exists()

    def get_full_name(self) -> str:
        """The name as the person wrote it, else the e-mail address."""
        return str(self)

    def get_short_name(self) -> str:
        """The first word of the name: what colleagues and customers see."""
        return self.name.split()[0] if self.name.strip() else self.email.split("@")[0]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must hold to be this account's: as Django's, which ends with the password, and with `sessions_version`."""
        hashed: str = super()._get_session_auth_hash(secret)  # type: ignore[misc] # Django's, which its stubs do not know
        return (
            salted_hmac("omo.sessions", f"{hashed}|{self.sessions_version}", secret=secret, algorithm="sha256").hexdigest() if self.sessions_version else hashed
        )
