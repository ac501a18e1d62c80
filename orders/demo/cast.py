"""The people of the demo."""

from typing import NamedTuple

from orders.addresses import Parts

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

HOMES = {
    person: Parts(name=person.name, street=street, postcode=postcode, city="Dublin", region="Co. Dublin", country="IE", phone=phone)
    for person, street, postcode, phone in [
        (MARTA, "7 Herring Lane\nFlat 3", "D08 XY12", "+353 1 555 0100"),
        (CUSTOMERS[2], "22 Sailmakers Hill", "D04 HP16", "+353 1 555 0103"),
        (GUESTS[9], "15 Tern Road", "D03 HP11", "+353 1 555 0151"),
        (GUESTS[11], "3 Orchard Mews", "D06 HP05", "+353 1 555 0152"),
        (GUESTS[12], "40 Mill Street", "D08 HP40", "+353 1 555 0153"),
        (GUESTS[16], "9 Gannet Court", "D14 HP02", "+353 1 555 0154"),
    ]
}
"""Where parcels go to."""
WORKPLACE = Parts(name=MARTA.name, company="Lindqvist & Roe", street="1 Customs Row", postcode="D01 HP04", city="Dublin", region="Co. Dublin", country="IE")
"""The second address in Marta's book."""

SIGN_INS = [
    SignIn("Head office", HEAD_OFFICE.email, PASSWORD, "/admin/"),
    SignIn("Staff at Harbour", ANA.email, PASSWORD, "/staff/"),
    SignIn("Staff at three stores", TOM.email, PASSWORD, "/staff/"),
    SignIn("Customer and member", MARTA.email, PASSWORD, "/card/"),
    SignIn("Customer", JONAS.email, PASSWORD, "/orders/"),
]
