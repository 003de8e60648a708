"""Addresses of geography."""

from django.urls import path

from enrs.referentials.geography import views

app_name = "geography"
urlpatterns = [
    path("", views.territories, name="territories"),
    path("communes/", views.communes, name="communes"),
    path("communes.json", views.suggestions, name="suggestions"),
    path("communes/<slug:code>/", views.commune, name="commune"),
    path("territoires.csv", views.export, name="export"),
    path("import/", views.import_file, name="import"),
    path("sources/", views.sources, name="sources"),
    path("<uuid:key>/", views.territory, name="territory"),
    path("<uuid:key>/retirer/", views.delete, name="delete"),
]
