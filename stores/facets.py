"""What lists of products can be narrowed by: the sizes and colours that there are, in an order that people expect."""

import re
from collections.abc import Iterable

from omo import memory
from stores.models import Variant

LETTERS = ["XXS", "XS", "S", "M", "L", "XL", "XXL", "3XL", "XXXL", "4XL", "5XL"]
"""Clothes' sizes from small to large, in both spellings that labels print."""
KINDS = ("Letters", "Numbers", "Other sizes")
MOST = 60
"""More than a person looks through."""


def sizes() -> list[str]:
    """The sizes on sale, as they were at most a minute ago: letters from small to large, then numbers, then words."""
    return memory.remembered("stores.sizes", lambda: sorted(_distinct("size"), key=_rank)[:MOST])


def grouped(found: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Sizes by kind, each in its order: letters from small to large, numbers, and what else labels say; only the kinds that there are."""
    kinds: list[tuple[str, list[str]]] = [(words, []) for words in KINDS]
    for size in sorted(found, key=_rank):
        kinds[_rank(size)[0]][1].append(size)
    return [kind for kind in kinds if kind[1]]


def colours() -> list[str]:
    """The colours on sale, as they were at most a minute ago."""
    return memory.remembered("stores.colours", lambda: sorted(_distinct("colour"))[:MOST])


def _distinct(column: str) -> Iterable[str]:
    return Variant.objects.filter(active=True).exclude(**{column: ""}).order_by().values_list(column, flat=True).distinct()


def _rank(size: str) -> tuple[int, float, str]:
    letters = size.upper()
    if letters in LETTERS:
        return (0, LETTERS.index(letters), size)
    number = re.match(r"[0-9]+(?:[.,][0-9]+)?", size)
    return (1, float(number[0].replace(",", ".")), size) if number else (2, 0, size)
