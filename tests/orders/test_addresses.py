"""Addresses as their countries write them, and what is wrong with one, in words."""

import pytest

from orders import addresses
from orders.address_forms import AddressForm
from orders.addresses import Parts, Wrong

DUBLIN = Parts(name="Marta Lindqvist", street="7 Herring Lane\nFlat 3", postcode="D08 XY12", city="Dublin", region="Co. Dublin", country="IE")


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (DUBLIN, ["Marta Lindqvist", "7 Herring Lane", "Flat 3", "DUBLIN", "Co. Dublin", "D08 XY12", "IRELAND"]),
        (
            Parts(name="Jonas Weber", company="Weber GmbH", street="Hafenstr. 4", postcode="20457", city="Hamburg", country="DE"),
            ["Jonas Weber", "Weber GmbH", "Hafenstr. 4", "20457 HAMBURG", "GERMANY"],
        ),
        (
            Parts(name="Ann Lee", street="5 Quay", postcode="EC1Y 8SY", city="London", country="GB"),
            ["Ann Lee", "5 Quay", "LONDON", "EC1Y 8SY", "UNITED KINGDOM"],
        ),
        (
            Parts(name="Bo Diaz", street="1 Main St", postcode="95014", city="Cupertino", region="CA", country="US"),
            ["Bo Diaz", "1 Main St", "CUPERTINO, CA 95014", "UNITED STATES"],
        ),
        (
            Parts(name="田辺 雪", street="世田谷区 1-2-3", postcode="154-0023", region="東京都", country="JP"),
            ["〒154-0023", "東京都", "世田谷区 1-2-3", "田辺 雪", "JAPAN"],
        ),
    ],
    ids=lambda value: getattr(value, "country", ""),
)
def test_lines_stand_in_the_order_of_the_country(address, lines):
    assert addresses.lines(address) == lines


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"postcode": " d08  xy12 ", "region": "Dublin"}, {"postcode": "D08 XY12", "region": "Co. Dublin"}),
        ({"region": "county dublin"}, {"region": "Co. Dublin"}),
        ({"postcode": "", "region": ""}, {"postcode": "", "region": ""}),
        ({"country": "ie"}, {"country": "IE"}),
        ({"country": "US", "postcode": "95014", "city": "Cupertino", "region": "california"}, {"region": "CA"}),
        ({"country": "JP", "postcode": "〒１５４－００２３", "city": "ignored", "region": "Tokyo"}, {"postcode": "154-0023", "region": "東京都", "city": ""}),
        ({"country": "DE", "postcode": "20457", "region": "Hamburg"}, {"region": ""}),
    ],
)
def test_what_is_meant_is_kept_in_the_form_of_the_country(typed, kept):
    found = addresses.checked(Parts(**{**addresses.columns(DUBLIN), **typed}))
    assert {field: getattr(found, field) for field in kept} == kept


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        (
            {"name": " ", "street": "", "city": ""},
            {"name": "Say who gets the parcel.", "street": "Write the street and the number.", "city": "Write the city."},
        ),
        ({"postcode": "D8"}, {"postcode": "'D8' is not an Eircode of this address. For example: A65 F4E2"}),
        ({"region": "Bavaria"}, {"region": "'Bavaria' is not a county of this country. For example: Co. Carlow"}),
        ({"country": "GB", "postcode": ""}, {"postcode": "Write the postcode. For example: EC1Y 8SY"}),
        ({"country": "GB", "postcode": "12345"}, {"postcode": "'12345' is not a postcode of this address. For example: EC1Y 8SY"}),
        (
            {"country": "US", "postcode": "95014", "region": "New York"},
            {"postcode": "'95014' is not a ZIP code of this address. For example: 10000"},
        ),
        (
            {"country": "JP", "postcode": "", "region": ""},
            {"postcode": "Write the postcode. For example: 154-0023", "region": "Write the prefecture. For example: Hokkaido"},
        ),
        ({"country": "XX"}, {"country": "Choose a country of the list."}),
        ({"country": "ZZ"}, {"country": "Choose a country of the list."}),
        ({"country": "../"}, {"country": "Choose a country of the list."}),
    ],
)
def test_bad_input_names_the_field_and_an_example(typed, errors):
    with pytest.raises(Wrong) as refusal:
        addresses.checked(Parts(**{**addresses.columns(DUBLIN), **typed}))
    assert refusal.value.errors == errors


def test_the_same_door_is_told_however_it_is_typed():
    assert addresses.same(DUBLIN, Parts(**{**addresses.columns(DUBLIN), "street": "7  herring lane,\nFlat 3", "postcode": "D08XY12", "phone": "1"}))
    assert not addresses.same(DUBLIN, Parts(**{**addresses.columns(DUBLIN), "street": "8 Herring Lane\nFlat 3"}))
    assert not addresses.same(DUBLIN, Parts(**{**addresses.columns(DUBLIN), "name": "Jonas Weber"}))


# The form


def filled(**fields: str) -> dict[str, str]:
    return {**AddressForm.initial_of(DUBLIN), **fields}


def test_a_form_gives_the_address_and_shows_it_again():
    form = AddressForm(filled(postcode="d08xy12"), countries=["IE", "GB"])
    assert form.is_valid()
    assert form.address() == Parts(**{**addresses.columns(DUBLIN), "postcode": "D08XY12"})
    assert AddressForm.initial_of(form.address())["more"] == "Flat 3"


def test_a_form_speaks_of_the_country_that_is_chosen():
    form = AddressForm(filled(country="GB", postcode="D08 XY12"), countries=["IE", "GB"])
    assert form.errors == {"postcode": ["'D08 XY12' is not a postcode of this address. For example: EC1Y 8SY"]}
    assert (form["postcode"].label, form["city"].label) == ("Postcode", "Town")
    assert (AddressForm(countries=["IE"])["postcode"].label, AddressForm(countries=["IE"])["region"].label) == ("Eircode", "County")
    assert form.fields["postcode"].required
    assert not AddressForm(countries=["IE"]).fields["postcode"].required


def test_a_form_for_one_country_asks_only_for_what_that_has():
    form = AddressForm(countries=["DE"])
    assert "region" not in form.fields
    assert form.fields["postcode"].widget.attrs["inputmode"] == "numeric"
    assert form["country"].value() == "DE"


def test_a_country_that_is_not_delivered_to_is_refused_with_the_other_errors():
    form = AddressForm(filled(country="US", street="", phone="call me"), countries=["IE"])
    assert form.errors == {
        "street": ["Write the street and the number."],
        "country": ["We do not deliver to this country. Choose one of the list."],
        "phone": ["This is not a phone number. For example: +353 1 555 0142"],
    }


def test_browsers_know_what_each_field_is():
    html = str(AddressForm(countries=["IE", "GB"]))
    for token in ("name", "organization", "address-line1", "address-line2", "postal-code", "address-level2", "address-level1", "country", "tel"):
        assert f'autocomplete="shipping {token}"' in html
    assert 'inputmode="tel"' in html
    assert 'type="tel"' in html


def test_hidden_characters_are_refused_in_every_line():
    form = AddressForm(filled(street="7 \u202eLane"), countries=["IE"])
    assert form.errors == {"street": ["Remove the hidden characters that turn the writing direction."]}
