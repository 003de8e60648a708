"""Addresses of the app."""

from django.urls import path

from enrs.services.rights.views import glasses, own

app_name = "rights"
urlpatterns = [
    path("bris-de-glace/", glasses.listing, name="glasses"),
    path("bris-de-glace/liste.csv", glasses.export, name="glasses_csv"),
    path("bris-de-glace/<uuid:glass_id>/", glasses.glass, name="glass"),
    path("mes-bris-de-glace/", own.listing, name="own"),
    path("mes-bris-de-glace/<uuid:glass_id>/", own.glass, name="own_glass"),
]
