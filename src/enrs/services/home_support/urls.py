"""Addresses of the app."""

from django.urls import path

from enrs.services.home_support.views import agency, asking, own, returns, week

app_name = "home_support"
record = "dossier/<uuid:patient_id>/"
one = f"{record}<uuid:return_id>/"
ask = f"{one}demande/<uuid:ask_id>/"
asked = "demande/<uuid:task_id>/"

urlpatterns = [
    path("ma-semaine/", own.own, name="own"),
    path(record, returns.panel, name="panel"),
    path(f"{record}ouvrir/", returns.begin, name="open"),
    path(one, week.show, name="show"),
    path(f"{one}feuille/", week.sheet_pdf, name="sheet"),
    path(f"{one}modifier/", returns.change, name="change"),
    path(f"{one}rentree/", returns.arrive, name="arrive"),
    path(f"{one}pas-rentree/", returns.not_home, name="not_home"),
    path(f"{one}terminer/", returns.close, name="close"),
    path(f"{one}suite/", returns.hand_on, name="hand_on"),
    path(f"{one}absence/", week.missed, name="missed"),
    path(f"{one}besoins/", asking.begin_needs, name="begin_needs"),
    path(f"{one}besoins/prendre/", asking.take_needs, name="take_needs"),
    path(f"{one}passage/", asking.add_visit, name="add_visit"),
    path(f"{one}passage/<uuid:visit_id>/retirer/", asking.remove_visit, name="remove_visit"),
    path(f"{one}passage/<uuid:visit_id>/en-attendant/", asking.cover, name="cover"),
    path(f"{one}demander/", asking.ask, name="ask"),
    path(f"{ask}confirmer/", asking.retain, name="retain"),
    path(f"{ask}liberer/", asking.release, name="release"),
    path(f"{ask}retirer/", asking.withdraw, name="withdraw"),
    path(f"{ask}repondre/", asking.reply, name="reply"),
    path(asked, agency.show, name="asked"),
    path(f"{asked}prendre/", agency.accept, name="accept"),
    path(f"{asked}preciser/", agency.question, name="question"),
    path(f"{asked}refuser/", agency.refuse, name="refuse"),
    path(f"{asked}changer/", agency.adjust, name="adjust"),
    path(f"{asked}rendre/", agency.give_back, name="give_back"),
    path(f"{asked}venu/", agency.started, name="started"),
]
