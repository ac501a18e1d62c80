"""Accounts, workplaces, addresses and memberships of the cast."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from loyalty import members
from loyalty.models import Member
from omo.models import User
from orders import address_book, addresses
from orders.demo.cast import CARD_HOLDERS, CUSTOMERS, HEAD_OFFICE, HOMES, MARTA, MEMBERS_WITH_ACCOUNT, PASSWORD, STAFF, WORKPLACE, Person
from stores.models import Assignment, Store


def give_accounts(*, at: datetime) -> dict[Person, User]:
    """An account for everybody who signs in, with a verified address and the demo's password."""
    password = make_password(PASSWORD)  # one for all: hashing it for each would take longer than everything else
    people = {HEAD_OFFICE: True, **{person: False for crew in STAFF.values() for person in crew}, **dict.fromkeys(CUSTOMERS, False)}
    accounts = {
        person: User.objects.create(email=person.email, name=person.name, password=password, is_staff=office, is_superuser=office, date_joined=at)
        for person, office in people.items()
    }
    EmailAddress.objects.bulk_create(EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in accounts.values())
    return accounts


def keep_addresses(accounts: Mapping[Person, User], *, at: datetime) -> None:
    """Marta's address book: her home, which is preferred, and where she works."""
    for parts in (HOMES[MARTA], WORKPLACE):
        address_book.keep(accounts[MARTA], addresses.checked(parts), at=at)


def staff_stores(stores: Mapping[str, Store], accounts: Mapping[Person, User]) -> dict[str, list[User]]:
    """Who works where, by the store's code; the first of a store is its manager."""
    crews = {code: [accounts[person] for person in crew] for code, crew in STAFF.items()}
    for code, crew in crews.items():
        roles = [Assignment.Role.MANAGER] + [Assignment.Role.STAFF] * len(crew)
        Assignment.objects.bulk_create(Assignment(user=user, store=stores[code], role=role) for user, role in zip(crew, roles, strict=False))
    return crews


def join_members(stores: Mapping[str, Store], crews: Mapping[str, list[User]], accounts: Mapping[Person, User], *, at: datetime) -> list[Member]:
    """Those who hold a card: some joined online with their account, the others at a till, a few hours after each other."""
    joined = []
    for place, person in enumerate(MEMBERS_WITH_ACCOUNT):
        user = accounts[person]
        joined.append(members.join(name=person.name, email=person.email, user=user, channel="web", by=user, at=at + timedelta(hours=place)))
    codes = sorted(stores)
    for place, name in enumerate(CARD_HOLDERS):
        code = codes[place % len(codes)]
        joined.append(members.join(name=name, channel="till", store=stores[code], by=crews[code][0], at=at + timedelta(hours=5 * place + 3)))
    return joined
