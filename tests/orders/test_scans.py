"""What a scanned or typed text is, and what it stands for."""

from datetime import timedelta

import pytest

from loyalty import members
from orders import pickup_codes, scans, verdicts
from orders.models import Fulfilment
from orders.scans import Kind
from stores import labels
from tests import factories

HOSTS = {"shop.test"}


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("", Kind.NOTHING, ""),
        ("\x02\r\n\u200b", Kind.NOTHING, ""),
        ("https://shop.test/q/K7M2QX9TBH.ABCDEF", Kind.LABEL, "K7M2QX9TBH.ABCDEF"),
        ("HTTPS://SHOP.TEST/Q/k7m2qx9tbh.abcdef", Kind.LABEL, "K7M2QX9TBH.ABCDEF"),
        ("]Q3https://shop.test/q/K7M2QX9TBH.ABCDEF\r", Kind.LABEL, "K7M2QX9TBH.ABCDEF"),
        ("https://evil.example/q/AAAA.BBBB", Kind.FOREIGN, "https://evil.example/q/AAAA.BBBB"),
        ("https://shop.test@evil.example/q/AAAA.BBBB", Kind.FOREIGN, "https://shop.test@evil.example/q/AAAA.BBBB"),
        ("https://shop.test.evil.example/q/A", Kind.FOREIGN, "https://shop.test.evil.example/q/A"),
        ("https://shop.test/admin/", Kind.FOREIGN, "https://shop.test/admin/"),
        ("ftp://shop.test/q/AAAA.BBBB", Kind.FOREIGN, "ftp://shop.test/q/AAAA.BBBB"),
        ("shop.test/q/k7m2qx9tbh.abcdef", Kind.LABEL, "K7M2QX9TBH.ABCDEF"),
        ("evil.example/q/AAAA.BBBB", Kind.WORDS, "evil.example/q/AAAA.BBBB"),
        ("A" * 300, Kind.WORDS, "A" * 300),
        ("A" * 301, Kind.TOO_LONG, ""),
        ("http://[broken", Kind.FOREIGN, "http://[broken"),
        ("javascript:alert(1)", Kind.FOREIGN, "javascript:alert(1)"),
        ("WIFI:S:guest;;", Kind.FOREIGN, "WIFI:S:guest;;"),
        ("\x02K7M2QX9TBH.ABCDEF\r\n", Kind.SIGNED, "K7M2QX9TBH.ABCDEF"),
        (" k7m2qx9tbh.abcdef ", Kind.SIGNED, "K7M2QX9TBH.ABCDEF"),
        ("123456", Kind.DIGITS, "123456"),
        ("123 456", Kind.DIGITS, "123456"),
        ("１２３４５６", Kind.DIGITS, "123456"),
        ("١٢٣٤٥٦", Kind.DIGITS, "123456"),
        ("4006381333931", Kind.GTIN, "4006381333931"),
        ("4006381333932", Kind.WORDS, "4006381333932"),
        ("hp-4k7qab", Kind.ORDER, "HP-4K7QAB"),
        ("HP4K7QAB", Kind.ORDER, "HP-4K7QAB"),
        ("Marta", Kind.WORDS, "Marta"),
        ("O'Brien: the second", Kind.WORDS, "O'Brien: the second"),
        ("佐藤 美咲", Kind.WORDS, "佐藤 美咲"),
    ],
)
def test_a_text_is_told_by_its_form(text, kind, what):
    assert scans.classify(text, hosts=HOSTS) == scans.Scan(kind, what)


def test_a_card_number_is_told_by_its_check_digit():
    number = "604122078" + members.luhn_digit("604122078")
    assert scans.classify(f"{number[:4]} {number[4:8]} {number[8:]}", hosts=HOSTS) == scans.Scan(Kind.CARD, number)


@pytest.fixture
def store(db):
    return factories.store("harbour")


def found(text, store, at=factories.NOON):
    return scans.resolve(scans.classify(text, hosts=scans.own_hosts()), store=store, at=at)


def test_the_pickup_qr_and_its_digits_prove(store):
    order = factories.order(store, (factories.stocked(store, 1), 1))
    pickup = factories.ready(order, factories.staff(store))
    for text in (pickup_codes.qr_text(pickup), f"\x02{pickup_codes.qr_text(pickup).lower()}\r\n", pickup_codes.six_digits(pickup)):
        answer = found(text, store)
        assert (answer.verdict.reason, answer.verdict.pickup, answer.proved) == (verdicts.UNPAID, pickup, True)


def test_the_order_number_finds_without_proving(store):
    order = factories.order(store, (factories.stocked(store, 1), 1))
    factories.ready(order, factories.staff(store))
    answer = found(order.number.lower(), store)
    assert (answer.verdict.reason, answer.proved) == (verdicts.GO, False)


def test_a_member_is_found_by_card_and_number_but_not_by_a_forged_card(store):
    member = factories.member()
    assert found(members.card_code(member), store).member == member
    assert found(member.number, store).member == member
    assert found(f"{member.number}.AAAAAAAAAAAAAAAA", store) == scans.Found()


def test_a_pickup_and_a_label_whose_random_code_is_all_digits_are_no_cards(store):
    order, label = factories.order(store, (factories.stocked(store, 1), 1)), factories.label(store, factories.stocked(store))
    pickup = factories.pickup_of(order)
    type(pickup).objects.filter(pk=pickup.pk).update(public_id="2345678923")
    type(label).objects.filter(pk=label.pk).update(code="3456789234")
    pickup.refresh_from_db()
    label.refresh_from_db()
    assert found(pickup_codes.qr_text(pickup), store).verdict.pickup == pickup
    assert found(labels.signed_code(label), store).label == label


def test_a_card_does_not_open_a_pickup_and_a_pickup_is_no_card(store):
    order = factories.order(store, (factories.stocked(store, 1), 1))
    signature = pickup_codes.qr_text(factories.pickup_of(order)).partition(".")[2]
    assert found(f"{factories.member().number}.{signature}", store) == scans.Found()


def test_goods_are_found_by_sku_barcode_shelf_label_and_the_code_on_it(store):
    mug = factories.stocked(store, 1, sku="Mug-Blue")
    label = factories.label(store, mug)
    for text in ("Mug-Blue", mug.gtin, mug.gtin.zfill(14), labels.address(label), labels.signed_code(label), label.code.lower()):
        assert found(text, store).variant == mug


def test_a_revoked_label_and_one_of_another_signature_stand_for_nothing(store):
    mug, lamp = factories.stocked(store, 1), factories.stocked(store, 1)
    label, other = factories.label(store, mug), factories.label(store, lamp)
    swapped = labels.address(label).replace(labels.signed_code(label).partition(".")[2], labels.signed_code(other).partition(".")[2])
    old = labels.address(label)
    assert found(swapped, store) == scans.Found()
    labels.revoke_label(label, by=None, at=factories.NOON)
    assert found(old, store) == scans.Found()


def test_six_digits_can_be_a_sku_when_no_pickup_has_them(store):
    mug = factories.variant("825123")
    assert found("825123", store).variant == mug
    assert found("825124", store).verdict.reason == verdicts.UNKNOWN


def collected(store, ana, at):
    pickup = factories.ready(factories.order(store, (factories.stocked(store, 1), 1)), ana)
    digits = pickup_codes.six_digits(pickup)
    Fulfilment.objects.filter(pk=pickup.pk).update(state="collected", placed_at=at, collected_at=at)
    return digits


def test_the_digits_of_a_pickup_are_forgotten_a_month_after_it_was_collected(store):
    digits = collected(store, factories.staff(store), factories.NOON)
    for days, reason in ((30, verdicts.ALREADY_COLLECTED), (31, verdicts.UNKNOWN)):
        assert found(digits, store, factories.NOON + timedelta(days=days)).verdict.reason == reason


def test_goods_are_meant_sooner_than_a_collected_pickup_with_their_number_but_not_than_an_open_one(store):
    digits = collected(store, factories.staff(store), factories.NOON)
    pickup = factories.pickup_of(factories.order(store, (factories.stocked(store, 1), 1)))
    closed, opened = factories.variant(digits), factories.variant(pickup_codes.six_digits(pickup))
    assert found(digits, store) == scans.Found(variant=closed)
    assert found(opened.sku, store).verdict.pickup == pickup


def test_names_are_found_without_accents_and_wide_letters_and_only_here(store):
    mug, elsewhere = factories.stocked(store, 9), factories.store("old-town")
    tomas = factories.order(store, (mug, 1), name="Tomás Ferreira")
    factories.order(elsewhere, (factories.stocked(elsewhere, 1), 1), name="Tomás Ferreira")
    assert [pickup.order for pickup in scans.pickups_like(store, "ferreira ＴＯＭＡＳ")] == [tomas]
    assert [pickup.order for pickup in scans.pickups_like(store, tomas.number[-6:])] == [tomas]
    assert scans.pickups_like(store, "%") == scans.pickups_like(store, " ") == []


def test_goods_are_found_by_name_and_percent_signs_mean_themselves(store):
    mug = factories.variant()
    assert scans.goods_like("LOW mug") == [mug]
    assert scans.goods_like("%") == scans.goods_like("") == []
