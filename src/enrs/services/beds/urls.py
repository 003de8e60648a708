"""Addresses of the beds."""

from django.urls import path

from enrs.services.beds import views

app_name = "beds"

urlpatterns = [
    path("", views.home, name="home"),
    path("saisie/", views.mine, name="mine"),
    path("chiffres/<uuid:capacity_id>/", views.enter, name="enter"),
    path("annuler/<uuid:reading_id>/", views.undo, name="undo"),
    path("unite/<uuid:unit_id>/", views.unit, name="unit"),
    path("unite/<uuid:unit_id>/inchange/", views.confirm, name="confirm"),
    path("unite/<uuid:unit_id>/mot/", views.word, name="word"),
    path("unite/<uuid:unit_id>/code/", views.code, name="code"),
    path("unite/<uuid:unit_id>/type/", views.kind, name="kind"),
    path("logiciel/", views.software, name="software"),
    path("logiciel/<uuid:software_unit_id>/", views.attach, name="attach"),
    path("region/", views.region, name="region"),
    path("region/lits.csv", views.export, name="export"),
    path("fichiers/", views.files, name="files"),
    path("fichiers/ligne/<uuid:line_id>/", views.replay, name="replay"),
    path("crises/", views.crises, name="crises"),
    path("crises/ouvrir/", views.open_crisis, name="open_crisis"),
    path("crises/<uuid:crisis_id>/fermer/", views.close_crisis, name="close_crisis"),
    path("crises/<uuid:crisis_id>/<uuid:unit_id>/", views.answer, name="answer"),
    path("cellule/", views.cell, name="cell"),
    path("cellule/demander/", views.ask, name="ask"),
    path("cellule/<uuid:request_id>/", views.asked, name="asked"),
    path("cellule/<uuid:request_id>/proposer/", views.hold, name="hold"),
    path("cellule/<uuid:request_id>/annuler/", views.cancel, name="cancel"),
    path("reservation/<uuid:reservation_id>/confirmer/", views.accept, name="accept"),
    path("reservation/<uuid:reservation_id>/rendre/", views.release, name="release"),
    path("reservation/<uuid:reservation_id>/arrive/", views.arrived, name="arrived"),
]
