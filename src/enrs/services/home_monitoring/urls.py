"""Addresses of the app."""

from django.urls import path

from enrs.services.home_monitoring.views import board, follow_up, orientation, own, protocols, teams

app_name = "home_monitoring"
record = "dossier/<uuid:patient_id>/"
one = f"{record}<uuid:follow_up_id>/"

urlpatterns = [
    path("", board.board, name="board"),
    path("ma-surveillance/", own.own, name="own"),
    path("protocoles/", protocols.listing, name="protocols"),
    path("protocoles/nouveau/", protocols.new, name="protocol_new"),
    path("protocoles/<uuid:protocol_id>/", protocols.show, name="protocol"),
    path("protocoles/<uuid:protocol_id>/suite/", protocols.successor, name="protocol_next"),
    path("protocoles/<uuid:protocol_id>/modifier/", protocols.edit, name="protocol_edit"),
    path("protocoles/<uuid:protocol_id>/en-service/", protocols.publish, name="protocol_publish"),
    path("protocoles/<uuid:protocol_id>/retirer/", protocols.retire, name="protocol_retire"),
    path("protocoles/<uuid:protocol_id>/notice/", protocols.leaflet, name="leaflet"),
    path("equipes/", teams.listing, name="teams"),
    path("equipes/<uuid:team_id>/retirer/", teams.close, name="team_close"),
    path(record, follow_up.panel, name="panel"),
    path(f"{record}commencer/", follow_up.start, name="start"),
    path(f"{record}orienter/", orientation.orient_begin, name="orient"),
    path(f"{record}orientation/<uuid:answer_id>/", orientation.orientation, name="orientation"),
    path(one, follow_up.show, name="follow_up"),
    path(f"{one}releve/", own.enter, name="enter"),
    path(f"{one}note/", follow_up.note, name="note"),
    path(f"{one}relais/", follow_up.hand_over, name="hand_over"),
    path(f"{one}fin/", follow_up.end, name="end"),
    path(f"{one}lettre/", follow_up.letter_pdf, name="letter"),
    path(f"{one}alerte/<uuid:alert_id>/", follow_up.answer, name="answer"),
]
