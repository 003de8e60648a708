"""Addresses of the nomenclatures."""

from django.urls import path

from enrs.core.terminology import views

app_name = "terminology"
urlpatterns = [
    path("", views.catalogue, name="catalogue"),
    path("codes/", views.codes, name="codes"),
    path("<slug:kind>/<uuid:key>/", views.nomenclature, name="nomenclature"),
    path("<slug:kind>/<uuid:key>/codes.csv", views.export, name="export"),
]
