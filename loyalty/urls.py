"""Addresses of the person."""

from django.urls import path

from loyalty.views import card

urlpatterns = [
    path("card/", card.card, name="card"),
    path("card/join/", card.join, name="join"),
]
