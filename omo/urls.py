"""Every address of the shop."""

from django.contrib import admin
from django.urls import include, path

from omo import views
from omo.views import account

urlpatterns = [
    path("", include("stores.urls")),
    path("", include("loyalty.urls")),
    path("", include("orders.urls")),
    path("account/", account.account, name="account"),
    path("account/change-name/", account.change_name, name="change_name"),
    path("account/sign-out-elsewhere/", account.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("account/sign-out-everywhere/", account.sign_out_everywhere, name="sign_out_everywhere"),
    # Before allauth's own of the same names.
    path("accounts/sessions/", account.sessions, name="usersessions_list"),
    path("accounts/2fa/webauthn/add/", account.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("accounts/", include("allauth.urls")),
    path("staff/mail/", views.mails, name="mails"),
    path("health/", views.health, name="health"),
    path("admin/", admin.site.urls),
]

handler429 = "omo.strictness.too_many_tries"
handler500 = "omo.middleware.server_error"
