from django.urls import path

from enrs.core.accounts import views
from enrs.core.accounts.federation import views as federation
from enrs.core.accounts.views import applications

app_name = "accounts"
urlpatterns = [
    path("login/", views.SignIn.as_view(), name="sign_in"),
    path("place/", views.position, name="position"),
    path("lieu/", federation.place, name="choose_place"),
    path("applications/", applications.mine, name="my_applications"),
    path("applications/<uuid:consent_id>/retirer/", applications.withdraw, name="withdraw"),
    path("registre/", applications.listing, name="applications"),
    path("registre/nouvelle/", applications.opening, name="application_new"),
    path("registre/cles/", applications.keys, name="keys"),
    path("registre/<str:application_id>/", applications.one, name="application"),
    path(
        "registre/<str:application_id>/secret/", applications.new_secret, name="application_secret"
    ),
    path("registre/<str:application_id>/retrait/", applications.retire, name="application_retire"),
]
