"""Addresses of forms and answers."""

from django.urls import path

from enrs.core.questionnaires import views

app_name = "questionnaires"

urlpatterns = [
    path("", views.listing, name="forms"),
    path("ajouter/", views.upload, name="upload"),
    path("version/<uuid:form_id>/", views.preview, name="form"),
    path("version/<uuid:form_id>/json/", views.source, name="source"),
    path("version/<uuid:form_id>/essai/", views.trial, name="trial"),
    path("version/<uuid:form_id>/<str:what>/", views.move, name="move"),
    path("dossier/<uuid:patient_id>/", views.patient, name="patient"),
    path("dossier/<uuid:patient_id>/commencer/", views.start, name="start"),
    path("reponse/<uuid:answer_id>/", views.read, name="read"),
    path("reponse/<uuid:answer_id>/remplir/", views.fill, name="fill"),
    path("reponse/<uuid:answer_id>/rectifier/", views.amend, name="amend"),
    path("reponse/<uuid:answer_id>/imprimer/", views.print_sheet, name="print"),
    path("reponse/<uuid:answer_id>/retirer/", views.withdraw, name="withdraw"),
    path("reponse/<uuid:answer_id>/piece/<str:address>/", views.piece, name="piece"),
    path(
        "reponse/<uuid:answer_id>/version/<int:version>/",
        views.compare_version,
        name="compare_version",
    ),
    path("reponse/<uuid:answer_id>/avec/<uuid:other_id>/", views.compare, name="compare"),
]
