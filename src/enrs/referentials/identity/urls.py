"""Addresses of the search for a person and of the identity unit."""

from django.urls import path

from enrs.referentials.identity import views, views_insi, views_probe

app_name = "identity"
urlpatterns = [
    path("", views.search, name="search"),
    path("recherche-exacte/", views.exact, name="exact"),
    path("nouvelle/", views.create, name="create"),
    path("cellule/", views.work_list, name="work_list"),
    path("cellule/<uuid:item_id>/", views.work_item, name="work_item"),
    path("scanner/", views_insi.scan, name="scan"),
    path("cellule/verification-ins/", views_insi.ins_runs, name="ins_runs"),
    path("<uuid:patient_id>/identite/", views_insi.sheet, name="sheet"),
    path("<uuid:patient_id>/identite/etiquettes.pdf", views_insi.labels, name="labels"),
    path("<uuid:patient_id>/identite/<uuid:identity_id>/<slug:name>/", views_insi.act, name="act"),
    path("tester-un-fichier/", views_probe.probes, name="probes"),
    path(
        "tester-un-fichier/<uuid:probe_id>/reponses/", views_probe.probe_result, name="probe_result"
    ),
    path("tester-un-fichier/<uuid:probe_id>/effacer/", views_probe.erase_probe, name="erase_probe"),
]
