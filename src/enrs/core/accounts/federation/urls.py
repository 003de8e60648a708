from django.urls import path

from enrs.core.accounts.federation import logouts, views

urlpatterns = [
    path("<slug:provider_id>/", views.enter, name="openid_connect_login"),
    path("<slug:provider_id>/relier/", views.link, name="openid_connect_link"),
    path("<slug:provider_id>/delier/", views.unlink, name="openid_connect_unlink"),
    path("<slug:provider_id>/retour/", views.back, name="openid_connect_callback"),
    path("<slug:provider_id>/deconnexion/", logouts.told, name="openid_connect_logout"),
]
