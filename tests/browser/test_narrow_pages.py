"""The pages of buying and of an order at every width, and on the smallest phone in the dark: nothing is wider than the screen, and axe finds nothing."""

from django.utils import timezone

from orders import address_book, carts, proxies
from orders.models import CartLine
from tests import factories
from tests.browser import buying, looks
from tests.browser.buying import CANDLE, COAT, LAMP
from tests.orders import delivering, mixed

NARROW = {"width": 320, "height": 640}


def test_a_cart_of_three_ways_and_its_checkout_at_every_width(device, watch):
    shop = buying.open_shop()
    fill_cart_of_marta(shop)
    inspector = looks.Inspector(device("phone", user=shop.marta))
    inspector.see("cart-mixed", "/cart/")
    inspector.see("checkout-mixed", "/checkout/")
    assert inspector.faults == [], "\n".join(["", *inspector.faults])


def fill_cart_of_marta(shop) -> None:
    """A coat at Harbour, a lamp at Garden Street, and three candles that are delivered."""
    basket = factories.cart((shop.goods[COAT], 1), (shop.goods[LAMP], 1), (shop.goods[CANDLE], 3), owner=shop.marta, place=shop.harbour)
    carts.receive(basket, shop.goods[LAMP], way=CartLine.Way.PICKUP, store=shop.garden, at=shop.at)
    carts.receive(basket, shop.goods[CANDLE], way=CartLine.Way.DELIVERY, at=shop.at)


def test_pages_of_buying_fit_the_smallest_phone_in_the_dark(device, audit, keep):
    shop, at = buying.open_shop(), timezone.now()
    order = mixed.order(shop.harbour, shop.garden, owner=shop.marta, at=at)
    pickup = mixed.parts(order)[0]
    proxy = proxies.name_proxy(pickup, name="Bartholomew-Alexander", by=shop.marta, at=at)
    address_book.keep(shop.marta, delivering.HOME, at=at)
    fill_cart_of_marta(shop)
    page = device("phone", dark=True, user=shop.marta)
    own = f"/orders/{order.number}/"
    for name, address in {
        "cart": "/cart/",
        "checkout": "/checkout/",
        "order": own,
        "change": f"{own}{pickup.pk}/change/",
        "cancel": f"{own}{pickup.pk}/cancel/",
        "proxy": f"{own}{pickup.pk}/proxy/",
        "pass": f"/pass/{proxy.public_id}/{proxies.page_token(proxy)}/",
        "orders": "/orders/",
        "account": "/account/",
        "devices": "/accounts/sessions/",
        "addresses": "/addresses/",
        "address": "/addresses/add/",
        "find-order": "/find-order/",
    }.items():
        page.set_viewport_size(NARROW)
        answer = page.goto(address)
        assert answer.status == 200, address
        page.set_viewport_size({**NARROW, "height": page.evaluate("document.documentElement.scrollHeight")})  # no bar at the lower edge covers anything then
        audit(page)
        keep(page, f"narrow-{name}")
