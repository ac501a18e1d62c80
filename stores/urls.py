"""Addresses of the place."""

from django.urls import path

from stores.views import labels, places

urlpatterns = [
    path("stores/", places.stores, name="stores"),
    path("stores/<slug:code>/", places.store, name="store"),
    path("stores/<slug:code>/enter/", places.enter_store, name="enter_store"),
    path("leave-store/", places.leave_store, name="leave_store"),
    path("staff/<slug:code>/labels/", labels.labels, name="labels"),
    path("staff/<slug:code>/labels/make/", labels.make_labels, name="make_labels"),
    path("staff/<slug:code>/labels/print/", labels.print_labels, name="print_labels"),
    path("staff/<slug:code>/labels/<str:label>/revoke/", labels.revoke_label, name="revoke_label"),
]
