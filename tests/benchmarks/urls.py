"""The shop's addresses, and the anchors'."""

from django.urls import include, path

from omo.urls import handler429, handler500
from tests.benchmarks import anchors

__all__ = ["handler429", "handler500", "urlpatterns"]

urlpatterns = [
    path("bench/hello/", anchors.hello),
    path("bench/one-select/", anchors.one_select),
    path("bench/raw-checkout/", anchors.raw_checkout),
    path("", include("omo.urls")),
]
