"""Addresses of the app."""

from django.urls import path

from enrs.services.coordination.views import cases, requests, team

app_name = "coordination"
record = "dossier/<uuid:patient_id>/"
case = f"{record}situation/<uuid:case_id>/"

urlpatterns = [
    path("", team.home, name="home"),
    path("indicateurs/", team.indicators, name="indicators"),
    path("reprises/", team.import_list, name="imports"),
    path("reprises/<uuid:job_id>/", team.import_page, name="import"),
    path("reprises/<uuid:job_id>/lancer/", team.import_run, name="import_run"),
    path(record, cases.panel, name="panel"),
    path(f"{record}demander/", requests.ask, name="ask"),
    path(f"{record}demander/<uuid:answer_id>/", requests.send, name="send"),
    path(f"{record}inscrire/", requests.enter, name="enter"),
    path(f"{record}inclure/<uuid:task_id>/", requests.include, name="include"),
    path(f"{record}demande/<uuid:task_id>/reponse/", requests.answer_letter, name="answer_letter"),
    path(f"{record}plan/", cases.start_plan, name="start_plan"),
    path(f"{record}evaluer/<str:name>/", cases.start_form, name="start_form"),
    path(f"{record}aggir/<uuid:answer_id>/", cases.grid, name="grid"),
    path(f"{case}contact/", cases.contact, name="contact"),
    path(f"{case}cloture/", cases.close, name="close"),
    path(f"{case}referent/", cases.referent, name="referent"),
    path(f"{case}fiche/", cases.synthesis, name="sheet"),
    path(f"{case}fiche/pdf/", cases.synthesis_pdf, name="sheet_pdf"),
]
