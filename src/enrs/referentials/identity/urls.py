"""Addresses of the search for a person and of the identity unit."""

from django.urls import path

from enrs.referentials.identity import (
    views,
    views_desk,
    views_insi,
    views_probe,
    views_sources,
    views_unit,
)

app_name = "identity"
urlpatterns = [
    path("", views.search, name="search"),
    path("recherche-exacte/", views.exact, name="exact"),
    path("nouvelle/", views.create, name="create"),
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
    path("cellule/", views_desk.work_list, name="work_list"),
    path("cellule/repartir/", views_desk.work_share, name="work_share"),
    path("cellule/decisions/", views_desk.work_decisions, name="decisions"),
    path("cellule/patients/", views_unit.unit_find, name="unit_find"),
    path("cellule/patients/<uuid:patient_id>/", views_unit.unit_patient, name="unit_patient"),
    path(
        "cellule/patients/<uuid:patient_id>/<uuid:identity_id>/separer/",
        views_unit.unit_part,
        name="unit_part",
    ),
    path(
        "cellule/identites/<uuid:identity_id>/remettre/", views_unit.unit_rejoin, name="unit_rejoin"
    ),
    path("cellule/<uuid:item_id>/", views_desk.work_item, name="work_item"),
    path("cellule/<uuid:item_id>/demander/", views_desk.work_ask, name="work_ask"),
    path("cellule/<uuid:item_id>/noter/", views_desk.work_note, name="work_note"),
    path("cellule/<uuid:item_id>/proposition/", views_desk.work_settle, name="work_settle"),
    path("cellule/<uuid:item_id>/quarantaine/", views_desk.work_quarantine, name="work_quarantine"),
    path("cellule/<uuid:item_id>/defaire/", views_desk.work_undo, name="work_undo"),
    path("cellule/questions/", views_unit.question_list, name="questions"),
    path("cellule/questions/<uuid:question_id>/", views_unit.question, name="question"),
    path("cellule/sources/", views_sources.source_list, name="sources"),
    path("cellule/sources/<uuid:source_id>/", views_sources.source, name="source"),
    path(
        "cellule/sources/<uuid:source_id>/qualite.csv",
        views_sources.quality_csv,
        name="quality_csv",
    ),
    path(
        "cellule/sources/<uuid:source_id>/contacts/", views_sources.contact_new, name="contact_new"
    ),
    path("cellule/sources/<uuid:source_id>/doublons/", views_sources.mending, name="mending"),
    path(
        "cellule/sources/<uuid:source_id>/doublons.csv",
        views_sources.mending_csv,
        name="mending_csv",
    ),
    path(
        "cellule/contacts/<uuid:contact_id>/retirer/", views_sources.contact_end, name="contact_end"
    ),
]
