"""Addresses of the search for a person and of the identity unit."""

from django.urls import path

from enrs.referentials.identity.views import (
    active_files,
    desk,
    emergencies,
    insi,
    probe,
    search,
    sources,
    unit,
)

app_name = "identity"
urlpatterns = [
    path("", search.search, name="search"),
    path("recherche-exacte/", search.exact, name="exact"),
    path("nouvelle/", search.create, name="create"),
    path("scanner/", insi.scan, name="scan"),
    path("cellule/verification-ins/", insi.ins_runs, name="ins_runs"),
    path("<uuid:patient_id>/identite/", insi.sheet, name="sheet"),
    path("<uuid:patient_id>/identite/etiquettes.pdf", insi.labels, name="labels"),
    path("<uuid:patient_id>/identite/<uuid:identity_id>/<slug:name>/", insi.act, name="act"),
    path("urgence/", emergencies.emergencies, name="emergencies"),
    path("urgence/nouvelle/", emergencies.emergency_new, name="emergency_new"),
    path("<uuid:patient_id>/urgence/traits/", emergencies.emergency_fill, name="emergency_fill"),
    path("<uuid:patient_id>/urgence/qui/", emergencies.emergency_known, name="emergency_known"),
    path("cellule/urgences/<uuid:emergency_id>/", emergencies.unit_known, name="unit_known"),
    path("tester-un-fichier/", probe.probes, name="probes"),
    path("tester-un-fichier/<uuid:probe_id>/reponses/", probe.probe_result, name="probe_result"),
    path("tester-un-fichier/<uuid:probe_id>/effacer/", probe.erase_probe, name="erase_probe"),
    path("cellule/", desk.work_list, name="work_list"),
    path("cellule/repartir/", desk.work_share, name="work_share"),
    path("cellule/decisions/", desk.work_decisions, name="decisions"),
    path("cellule/patients/", unit.unit_find, name="unit_find"),
    path("cellule/patients/<uuid:patient_id>/", unit.unit_patient, name="unit_patient"),
    path(
        "cellule/patients/<uuid:patient_id>/<uuid:identity_id>/separer/",
        unit.unit_part,
        name="unit_part",
    ),
    path("cellule/identites/<uuid:identity_id>/remettre/", unit.unit_rejoin, name="unit_rejoin"),
    path("cellule/fichiers/", active_files.active_files, name="active_files"),
    path("cellule/fichiers/<uuid:file_id>/", active_files.active_file, name="active_file"),
    path("cellule/fichiers/<uuid:file_id>/importer/", active_files.start, name="active_start"),
    path(
        "cellule/fichiers/<uuid:file_id>/abandonner/", active_files.give_up, name="active_give_up"
    ),
    path("cellule/fichiers/<uuid:file_id>/refus.csv", active_files.refused, name="active_refused"),
    path("cellule/<uuid:item_id>/", desk.work_item, name="work_item"),
    path("cellule/<uuid:item_id>/demander/", desk.work_ask, name="work_ask"),
    path("cellule/<uuid:item_id>/noter/", desk.work_note, name="work_note"),
    path("cellule/<uuid:item_id>/proposition/", desk.work_settle, name="work_settle"),
    path("cellule/<uuid:item_id>/quarantaine/", desk.work_quarantine, name="work_quarantine"),
    path("cellule/<uuid:item_id>/defaire/", desk.work_undo, name="work_undo"),
    path("cellule/questions/", unit.question_list, name="questions"),
    path("cellule/questions/<uuid:question_id>/", unit.question, name="question"),
    path("cellule/sources/", sources.source_list, name="sources"),
    path("cellule/sources/<uuid:source_id>/", sources.source, name="source"),
    path(
        "cellule/sources/<uuid:source_id>/qualite.csv",
        sources.quality_csv,
        name="quality_csv",
    ),
    path("cellule/sources/<uuid:source_id>/contacts/", sources.contact_new, name="contact_new"),
    path("cellule/sources/<uuid:source_id>/doublons/", sources.mending, name="mending"),
    path(
        "cellule/sources/<uuid:source_id>/doublons.csv",
        sources.mending_csv,
        name="mending_csv",
    ),
    path("cellule/contacts/<uuid:contact_id>/retirer/", sources.contact_end, name="contact_end"),
]
