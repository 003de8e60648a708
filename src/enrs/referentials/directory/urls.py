"""Addresses of the directory."""

from django.urls import path

from enrs.referentials.directory import views

app_name = "directory"
urlpatterns = [
    path("", views.search, name="search"),
    path("structures/", views.structures, name="structures"),
    path("professionnel/<uuid:practitioner_id>/", views.practitioner, name="practitioner"),
    path("structure/<uuid:organisation_id>/", views.organisation, name="organisation"),
    path("entite-juridique/<uuid:entity_id>/", views.legal_entity, name="legal_entity"),
    path("chargements/", views.reports, name="reports"),
    path("chargements/<uuid:report_id>/", views.report, name="report"),
    path("chargements/<uuid:report_id>/refus.csv", views.refused_csv, name="refused_csv"),
    path("chargements/qualite/", views.quality, name="quality"),
    path("chargements/ecarts/", views.gaps, name="gaps"),
    path("chargements/ecarts.csv", views.gaps_csv, name="gaps_csv"),
    path("signalements/", views.mistakes, name="mistakes"),
    path("signalements/export.csv", views.mistakes_csv, name="mistakes_csv"),
    path("signalements/<uuid:mistake_id>/", views.settle, name="settle"),
    path(
        "professionnel/<uuid:object_id>/signaler/",
        views.tell,
        {"kind": "professionnel"},
        name="tell_practitioner",
    ),
    path(
        "structure/<uuid:object_id>/signaler/",
        views.tell,
        {"kind": "structure"},
        name="tell_organisation",
    ),
    path(
        "entite-juridique/<uuid:object_id>/signaler/",
        views.tell,
        {"kind": "entite"},
        name="tell_legal_entity",
    ),
]
