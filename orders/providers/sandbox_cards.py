"""The sandbox's test cards: what is typed on its page, and what comes of it."""

from dataclasses import dataclass
from datetime import timedelta

ONE_TIME_CODE = "246810"
"""What the bank of the card that asks for a code would have sent to the phone."""


@dataclass(frozen=True)
class Card:
    """A test card. `why` is for one that is declined; `asks` for a one-time code; the event comes after `delay`, `copies` times."""

    number: str
    words: str
    why: str = ""
    asks: bool = False
    delay: timedelta = timedelta(0)
    copies: int = 1

    @property
    def last_four(self) -> str:
        """By which it is known afterwards."""
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        """As it stands on a card."""
        return " ".join(self.number[place : place + 4] for place in range(0, 16, 4))


CARDS = (
    Card("4242424242424242", "is accepted"),
    Card("4000000000003220", "asks for a one-time code", asks=True),
    Card("4000000000000002", "is declined", why="The bank declined the card."),
    Card("4000000000009995", "has too little money", why="There is too little money on the card."),
    Card("4000000000000077", "is accepted 20 seconds later", delay=timedelta(seconds=20)),
    Card("4000000000000259", "is accepted, and the shop is told twice", copies=2),
    Card("4000000000000341", "is accepted, and the shop is never told", copies=0),
)


def of(digits: str) -> Card | None:
    """The card with this number, or with these last four digits; None if there is none."""
    return next((card for card in CARDS if digits in (card.number, card.last_four)), None)


def is_number(digits: str) -> bool:
    """Whether digits are the number of some card, by the check digit of ISO/IEC 7812 (Luhn)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return 12 <= len(digits) <= 19 and sum(number // 10 + number % 10 for number in doubled) % 10 == 0
