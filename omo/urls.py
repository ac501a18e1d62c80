"""Every address of the shop."""

from django.contrib import admin
from django.urls import include, path

from omo import views

urlpatterns = [
    path("", include("stores.urls")),
    path("", include("loyalty.urls")),
    path("", include("orders.urls")),
    path("accounts/", include("allauth.urls")),
    path("staff/mail/", views.mails, name="mails"),
    path("health/", views.health, name="health"),
    path("admin/", admin.site.urls),
]

handler429 = "omo.strictness.too_many_tries"
