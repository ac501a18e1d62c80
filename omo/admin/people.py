"""The accounts of people, and how they sign in."""

from typing import Any

from allauth.account.admin import EmailAddressAdmin as AddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _second_steps  # noqa: F401 - registers what is registered anew below
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as _sessions  # noqa: F401 - registers what is nobody's to read: where people are signed in
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from omo.admin import columns
from omo.admin.base import OfficeAdmin, ReadOnly
from omo.fields import EmailField, TextField
from omo.models import User

MOST_PASSWORD = 128
TOO_LONG = "A password has at most 128 characters."


def within_reach(actor: Any, person: User | None) -> bool:
    """Whether the person's account, and every way to sign in to it, is the actor's to change: head office's own accounts are a superuser's."""
    return person is None or actor.is_superuser or person == actor or not (person.is_staff or person.is_superuser)


def bound_passwords(form: forms.BaseForm) -> None:
    """Refuse passwords that signing in would refuse."""
    for name in ("password1", "password2"):
        form.fields[name].validators.append(MaxLengthValidator(MOST_PASSWORD, TOO_LONG))


class NewUserForm(BaseUserCreationForm):
    """A new account. Without a password the person signs in by a code sent to the address."""

    class Meta:
        model = User
        fields = ["email", "name"]
        field_classes = {"email": EmailField, "name": TextField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bound_passwords(self)
        for name in ("password1", "password2"):
            self.fields[name].required = False
        self.fields["password1"].help_text += "<p>Without one the person signs in by a code sent to the address.</p>"

    def clean(self) -> dict[str, Any]:
        """The passwords, both or none."""
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("password1")) != bool(cleaned.get("password2")) and not {"password1", "password2"} & set(self.errors):
            self.add_error("password2", "Type the password twice, or leave both empty.")
        return cleaned

    def save(self, commit: bool = True) -> User:
        """The account; no password means none, not an empty one."""
        self.cleaned_data["password1"] = self.cleaned_data.get("password1") or None
        return super().save(commit)


class UserForm(UserChangeForm):
    """An account as head office changes it."""

    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, Any] = {}


class PasswordForm(AdminPasswordChangeForm):
    """A new password for somebody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bound_passwords(self)


@admin.register(User)
class UserAdmin(OfficeAdmin, DjangoUserAdmin):
    """Customers, staff and head office. Only a superuser changes superusers, or who may do what."""

    add_form_template = None
    form, add_form, change_password_form = UserForm, NewUserForm, PasswordForm
    list_display = ["email", "name", "is_staff", "is_active", "seen", "joined"]
    list_filter = ["is_staff", "is_superuser", "is_active", "groups"]
    search_fields = ["email__icontains", "name__icontains"]
    search_help_text = "A part of the e-mail address or name"
    ordering = ("-id",)
    sortable_by = ["email"]
    fieldsets = [
        (None, {"fields": ["email", "name", "password", "is_active"]}),
        ("Head office", {"fields": ["is_staff", "is_superuser", "groups"]}),
        ("Seen", {"fields": ["seen", "joined"]}),
    ]
    add_fieldsets = [(None, {"classes": ["wide"], "fields": ["email", "name", "password1", "password2"]})]
    readonly_fields = ["seen", "joined"]
    filter_horizontal = ()
    seen = columns.moment("last_login", "last signed in")
    joined = columns.moment("date_joined", "joined")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Rights are given by superusers only, so that nobody gives them to themselves."""
        rights = [] if request.user.is_superuser else ["is_staff", "is_superuser", "groups"]
        return [*super().get_readonly_fields(request, obj), *rights]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Head office's own accounts are a superuser's to change."""
        return super().has_change_permission(request, obj) and within_reach(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Likewise."""
        return super().has_delete_permission(request, obj) and within_reach(request.user, obj)

    @transaction.atomic
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Set a password, and keep that it was set."""
        return super().user_change_password(request, id, form_url)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save the account; a new address replaces the old one, which must not sign in any more, and is proved at the next sign-in."""
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj).delete()
            EmailAddress.objects.create(user=obj, email=obj.email, primary=True, verified=False)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Groups as boxes to tick."""
        return super().formfield_for_manytomany(db_field, request, widget=forms.CheckboxSelectMultiple, help_text="", **kwargs)


admin.site.unregister([EmailAddress, Authenticator, Group, UserSession])


class RightsField(forms.ModelMultipleChoiceField):
    """What a group may do, one box each."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        """The right in words: 'Product: change'."""
        return f"{obj.content_type.name.capitalize()}: {obj.codename.partition('_')[0]}"


SUPERUSERS_ONLY = ["add_group", "change_group", "delete_group", "add_emailaddress"]
NOBODYS = ["add_authenticator", "change_authenticator"]


class GroupForm(forms.ModelForm):
    """A group: its name, and rights over the tables that head office has."""

    permissions = RightsField(queryset=Permission.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields.get("permissions")
        if field:
            field.queryset = Permission.objects.filter(self._useful()).select_related("content_type").order_by("content_type__model", "codename")

    def _useful(self) -> Q:
        """The rights that make a difference: facts can only be seen, and messages sent again."""
        tables = ContentType.objects.get_for_models(*admin.site._registry)
        facts = [table for model, table in tables.items() if isinstance(admin.site._registry[model], ReadOnly)]
        seen = Q(codename__startswith="view_") | Q(codename="change_message")
        return Q(content_type__in=list(tables.values())) & (~Q(content_type__in=facts) | seen) & ~Q(codename__in=SUPERUSERS_ONLY + NOBODYS)


@admin.register(Group)
class GroupAdmin(OfficeAdmin):
    """Sets of rights for people of head office, such as 'Catalogue' or 'Customer care'."""

    form = GroupForm
    list_display = ["name"]
    search_fields = ["name"]
    ordering = ("name",)
    fields = ["name", "permissions"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The rights are the form's own field."""
        return None if db_field.name == "permissions" else super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only: a group gives rights."""
        return bool(request.user.is_superuser)

    has_delete_permission = has_change_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return bool(request.user.is_superuser)


@admin.register(EmailAddress)
class EmailAddressAdmin(OfficeAdmin, AddressAdmin):
    """The addresses that people proved to be theirs. Whoever holds one can sign in, so they are as much out of reach as the account itself."""

    list_select_related = ["user"]
    raw_id_fields = ()
    autocomplete_fields = ["user"]
    sortable_by = ["email"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """An address stays with its account: moved to another one it would open that."""
        return ["user"] if obj else []

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only: a further address is a further way into an account."""
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the account is."""
        return super().has_change_permission(request, obj) and within_reach(request.user, obj.user if obj else None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Likewise."""
        return super().has_delete_permission(request, obj) and within_reach(request.user, obj.user if obj else None)

    @admin.action(description="Mark as proved", permissions=["change"])
    def make_verified(self, request: HttpRequest, queryset: QuerySet[EmailAddress]) -> None:
        """Take the chosen addresses for proved, but those of accounts out of reach."""
        chosen = list(queryset.select_related("user"))
        mine = [address.pk for address in chosen if within_reach(request.user, address.user)]
        super().make_verified(request, queryset.filter(pk__in=mine))
        if len(mine) < len(chosen):
            self.message_user(request, "Addresses of head office are a superuser's to change. They were left as they are.", messages.WARNING)


@admin.register(Authenticator)
class AuthenticatorAdmin(OfficeAdmin):
    """Second steps. Their secrets are nobody's to see; deleting one lets somebody who lost a phone sign in and set up a new one."""

    list_display = ["user", "type", "created", "used"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__email__icontains"]
    sortable_by = ()
    fields = ["user", "type", "created", "used"]
    created = columns.moment("created_at", "set up")
    used = columns.moment("last_used_at", "last used")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People set up their own."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Head office's own second steps are a superuser's to delete."""
        return super().has_delete_permission(request, obj) and within_reach(request.user, obj.user if obj else None)
