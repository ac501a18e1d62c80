"""Addresses of the place."""

from django.urls import path

from stores.views import labels, pace, pictures, places, stock_adjustments, stock_counts, stock_deliveries, stock_explain, stock_goods, stock_transfers

places_and_labels = [
    path("pictures/<str:name>", pictures.picture, name="picture"),
    path("stores/<slug:code>/", places.store, name="store"),
    path("stores/<slug:code>/enter/", places.enter_store, name="enter_store"),
    path("leave-store/", places.leave_store, name="leave_store"),
    path("staff/<slug:code>/pace/", pace.pace, name="pace"),
    path("staff/<slug:code>/pace/pause/", pace.pause, name="pause"),
    path("staff/<slug:code>/pace/slow-down/", pace.slow_down, name="slow_down"),
    path("staff/<slug:code>/pace/resume/", pace.resume, name="resume"),
    path("staff/<slug:code>/pace/close-days/", pace.close_days, name="close_days"),
    path("staff/<slug:code>/pace/open-again/", pace.open_again, name="open_again"),
    path("staff/<slug:code>/labels/", labels.labels, name="labels"),
    path("staff/<slug:code>/labels/make/", labels.make_labels, name="make_labels"),
    path("staff/<slug:code>/labels/print/", labels.print_labels, name="print_labels"),
    path("staff/<slug:code>/labels/<str:label>/revoke/", labels.revoke_label, name="revoke_label"),
]

stock = [
    path("staff/<slug:code>/stock/", stock_goods.stock, name="stock"),
    path("staff/<slug:code>/stock/goods/<str:sku>/", stock_goods.stock_goods, name="stock_goods"),
    path("staff/<slug:code>/stock/goods/<str:sku>/explain/", stock_explain.explain, name="explain"),
    path("staff/<slug:code>/stock/goods/<str:sku>/distrust/", stock_goods.distrust, name="distrust"),
    path("staff/<slug:code>/stock/goods/<str:sku>/adjust/", stock_goods.adjust, name="adjust"),
    path("staff/<slug:code>/stock/goods/<str:sku>/mark-damaged/", stock_goods.mark_damaged, name="mark_damaged"),
    path("staff/<slug:code>/stock/goods/<str:sku>/count/", stock_counts.count, name="count"),
    path("staff/<slug:code>/stock/counts/", stock_counts.counts, name="counts"),
    path("staff/<slug:code>/stock/adjustments/", stock_adjustments.adjustments, name="adjustments"),
    path("staff/<slug:code>/stock/adjustments/<int:adjustment>/approve/", stock_adjustments.approve_adjustment, name="approve_adjustment"),
    path("staff/<slug:code>/stock/adjustments/<int:adjustment>/refuse/", stock_adjustments.refuse_adjustment, name="refuse_adjustment"),
    path("staff/<slug:code>/stock/transfers/", stock_transfers.transfers, name="transfers"),
    path("staff/<slug:code>/stock/transfers/new/", stock_transfers.new_transfer, name="new_transfer"),
    path("staff/<slug:code>/stock/transfers/new/add/", stock_transfers.add_to_transfer, name="add_to_transfer"),
    path("staff/<slug:code>/stock/transfers/new/send/", stock_transfers.send_transfer, name="send_transfer"),
    path("staff/<slug:code>/stock/transfers/<str:number>/", stock_transfers.transfer, name="transfer"),
    path("staff/<slug:code>/stock/transfers/<str:number>/receive/", stock_transfers.receive_transfer, name="receive_transfer"),
    path("staff/<slug:code>/stock/transfers/<str:number>/cancel/", stock_transfers.cancel_transfer, name="cancel_transfer"),
    path("staff/<slug:code>/stock/delivery/", stock_deliveries.new_delivery, name="new_delivery"),
    path("staff/<slug:code>/stock/delivery/add/", stock_deliveries.add_to_delivery, name="add_to_delivery"),
    path("staff/<slug:code>/stock/delivery/receive-goods/", stock_deliveries.receive_goods, name="receive_goods"),
]

urlpatterns = [*places_and_labels, *stock]
