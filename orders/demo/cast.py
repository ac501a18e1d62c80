"""The people of the demo."""

from typing import NamedTuple

PASSWORD = "harbour-pine-demo"  # noqa: S105 - of the demo, printed at its start


class Person(NamedTuple):
    """A name and an e-mail address."""

    name: str
    email: str


class SignIn(NamedTuple):
    """How to look at the demo as somebody: the words are printed in this order."""

    who: str
    email: str
    password: str
    path: str


HEAD_OFFICE = Person("Ines Moreau", "ines@harbour-pine.example")
ANA = Person("Ana Costa", "ana@harbour-pine.example")
TOM = Person("Tom Keane", "tom@harbour-pine.example")
YUKI = Person("Yuki Tanabe", "yuki@harbour-pine.example")
LEILA = Person("Leila Haddad", "leila@harbour-pine.example")

# {store: who works there}; the first of them is the manager.
STAFF = {"harbour": [ANA, TOM], "old-town": [TOM], "station": [YUKI], "riverside": [LEILA, TOM]}

MARTA = Person("Marta Lindqvist", "marta@home.example")
JONAS = Person("Jonas Weber", "jonas@home.example")
# With an account each; Marta and Aoife are members, Jonas and Kofi are not.
CUSTOMERS = [MARTA, JONAS, Person("Aoife Nolan", "aoife@home.example"), Person("Kofi Mensah", "kofi@home.example")]
MEMBERS_WITH_ACCOUNT = [MARTA, CUSTOMERS[2]]

# They joined at a till and have a card, but no account.
CARD_HOLDERS = (
    """
Siobhán Byrne, Liang Wei, Fatima El-Amin, Piotr Zieliński, Grace Okafor, Cillian Roche, 山田 花子, Henrik Aas, Róisín Kelly, Mehmet Yıldız,
Hannah Fischer, Dara Quinn, Ifeoma Eze, Conor Walsh, Lucía Romero, Tadhg Murphy, Anh Nguyen, Ruth Adler
""".replace("\n", " ")
    .strip()
    .split(", ")
)

# They order without an account.
GUESTS = [
    Person(name, f"{name.split()[0].lower()}@home.example")
    for name in """
Nuala Brady, Luca Ferrari, Priya Raman, Orla Daly, Sofia Petrova, Emeka Obi, Clara Dupont, Sam Whelan, Noor Rahman, Eoin Burke, Mina Park, Viktor Horvat,
Maeve Flynn, Tomas Novak, Zainab Bello, Peter Lynch, Ida Holm, Brendan Shaw, Carmen Vidal, Kenji Mori, Alice Doyle, Omar Said
""".replace("\n", " ")
    .strip()
    .split(", ")
]

SIGN_INS = [
    SignIn("Head office", HEAD_OFFICE.email, PASSWORD, "/admin/"),
    SignIn("Staff at Harbour", ANA.email, PASSWORD, "/staff/"),
    SignIn("Staff at three stores", TOM.email, PASSWORD, "/staff/"),
    SignIn("Customer and member", MARTA.email, PASSWORD, "/card/"),
    SignIn("Customer", JONAS.email, PASSWORD, "/orders/"),
]
