"""Addresses of the purchase."""

from django.urls import path

from orders.views import cart, checkout, closures, counter, finder, holding, my_orders, pickup, promises, queue, scan, search, shop, till

shopping = [
    path("", shop.home, name="home"),
    path("products/", shop.products, name="products"),
    path("products/<slug:slug>/", shop.product, name="product"),
    path("search/", search.suggest, name="suggest"),
    path("stores/", finder.stores, name="stores"),
    path("near-me/", finder.near_me, name="near_me"),
    path("forget-position/", finder.forget_position, name="forget_position"),
    path("scan/", scan.scan, name="scan"),
    path("q/<str:code>", scan.scan_label, name="scan_label"),
    path("cart/", cart.cart, name="cart"),
    path("cart/add/", cart.add, name="add_to_cart"),
    path("cart/lines/<str:sku>/", cart.set_quantity, name="set_quantity"),
    path("checkout/", checkout.checkout, name="checkout"),
    path("checkout/start/", holding.start_checkout, name="start_checkout"),
    path("checkout/place-order/", checkout.place_order, name="place_order"),
    path("orders/", my_orders.orders, name="orders"),
    path("orders/<str:number>/", my_orders.order, name="order"),
    path("orders/<str:number>/live/", my_orders.order_live, name="order_live"),
    path("orders/<str:number>/open/<str:token>/", my_orders.open_order, name="open_order"),
]

pickups = [
    path("staff/", counter.staff, name="staff"),
    path("staff/<slug:code>/queue/", queue.queue, name="queue"),
    path("staff/<slug:code>/queue/live/", queue.queue_live, name="queue_live"),
    path("staff/<slug:code>/scan/", counter.scan_code, name="scan_code"),
    path("staff/<slug:code>/pickups/<str:number>/", pickup.pickup, name="pickup"),
    path("staff/<slug:code>/pickups/<str:number>/slip/", pickup.slip, name="slip"),
    path("staff/<slug:code>/pickups/<str:number>/start-picking/", pickup.start_picking, name="start_picking"),
    path("staff/<slug:code>/pickups/<str:number>/pick/<int:line>/", pickup.pick, name="pick"),
    path("staff/<slug:code>/pickups/<str:number>/mark-ready/", pickup.mark_ready, name="mark_ready"),
    path("staff/<slug:code>/pickups/<str:number>/undo-ready/", pickup.undo_ready, name="undo_ready"),
    path("staff/<slug:code>/pickups/<str:number>/hand-over/", counter.hand_over, name="hand_over"),
    path("staff/<slug:code>/closed-days/", closures.closed_days, name="closed_days"),
    path("staff/<slug:code>/closed-days/<str:number>/move/", closures.move, name="move_pickup"),
    path("staff/<slug:code>/promises/", promises.promises, name="promises"),
]

tills = [
    path("staff/<slug:code>/till/", till.till, name="till"),
    path("staff/<slug:code>/till/scan/", till.scan_goods, name="scan_goods"),
    path("staff/<slug:code>/till/lines/<str:sku>/", till.set_quantity, name="till_set_quantity"),
    path("staff/<slug:code>/till/detach-member/", till.detach_member, name="detach_member"),
    path("staff/<slug:code>/till/ring-up/", till.ring_up, name="ring_up"),
    path("staff/<slug:code>/till/receipts/<str:number>/", till.receipt, name="receipt"),
]

urlpatterns = [*shopping, *pickups, *tills]
