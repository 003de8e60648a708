"""Addresses of the offer."""

from django.urls import path

from enrs.referentials.offer.views import (
    calendars,
    cards,
    describing,
    linked,
    parts,
    searching,
    vocabulary,
)

app_name = "offer"

urlpatterns = [
    path("", searching.find, name="search"),
    path("export.csv", searching.export, name="export"),
    path("pres-de/<uuid:patient_id>/", searching.near_patient, name="near_patient"),
    path("mes-unites/", describing.mine, name="mine"),
    path("mes-unites/nouvelle/", describing.create, name="create"),
    path("sites/<uuid:site_id>/organisation/", parts.listing, name="parts"),
    path("sites/<uuid:site_id>/organisation/ajouter/", parts.create, name="create_part"),
    path(
        "sites/<uuid:site_id>/organisation/<uuid:part_id>/modifier/",
        parts.change,
        name="change_part",
    ),
    path(
        "sites/<uuid:site_id>/organisation/<uuid:part_id>/fermer/", parts.close, name="close_part"
    ),
    path("sites/<uuid:site_id>/referents/", describing.referents, name="referents"),
    path("sites/<uuid:site_id>/referents/nommer/", describing.name_referent, name="name_referent"),
    path(
        "sites/<uuid:site_id>/referents/<uuid:referent_id>/terminer/",
        describing.end_referent,
        name="end_referent",
    ),
    path("exact/<str:token>/", linked.verify_link, name="verify_link"),
    path("exact/<str:token>/oui/", linked.verify_by_link, name="verify_by_link"),
    path("vocabulaire/", vocabulary.listing, name="vocabulary"),
    path("vocabulaire/<str:kind>/ajouter/", vocabulary.add, name="add_vocabulary"),
    path("vocabulaire/<str:kind>/<str:key>/", vocabulary.one, name="vocabulary_entry"),
    path("vocabulaire/<str:kind>/<str:key>/retirer/", vocabulary.hide, name="hide_vocabulary"),
    path("vocabulaire/<str:kind>/<str:key>/remettre/", vocabulary.show, name="show_vocabulary"),
    path("vocabulaire/<str:kind>/<str:key>/annuler/", vocabulary.undo, name="undo_vocabulary"),
    path("<uuid:service_id>/", cards.card, name="card"),
    path("<uuid:service_id>/fiche.pdf", cards.sheet, name="sheet"),
    path("<uuid:service_id>/horaires.ics", calendars.opening_hours, name="opening_hours"),
    path("<uuid:service_id>/favori/", cards.favourite, name="favourite"),
    path("<uuid:service_id>/decrire/", describing.edit, name="edit"),
    path("<uuid:service_id>/brouillon/abandonner/", describing.discard, name="discard"),
    path("<uuid:service_id>/exact/", describing.verify, name="verify"),
    path("<uuid:service_id>/fermer/", describing.close, name="close"),
]
