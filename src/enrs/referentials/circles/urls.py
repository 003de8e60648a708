"""Addresses of the circles."""

from django.urls import path

from enrs.referentials.circles import views

app_name = "circles"
urlpatterns = [
    path("demandes/", views.requests, name="requests"),
    path("demander/<str:token>/", views.ask, name="ask"),
    path("simulation/", views.change_on_record, name="change_on_record"),
    path("<uuid:patient_id>/", views.panel, name="panel"),
    path("<uuid:patient_id>/ajouter/", views.find, name="find"),
    path("<uuid:patient_id>/ajouter/<str:kind>/<uuid:grantee_id>/", views.join, name="join"),
    path("<uuid:patient_id>/membre/<uuid:member_id>/retirer/", views.remove, name="remove"),
    path("<uuid:patient_id>/membre/<uuid:member_id>/opposition/", views.oppose, name="oppose"),
    path("<uuid:patient_id>/consentements/", views.consents, name="consents"),
    path(
        "<uuid:patient_id>/consentements/<uuid:consent_id>/retirer/",
        views.withdraw,
        name="withdraw",
    ),
    path("<uuid:patient_id>/opposition/<uuid:opposition_id>/lever/", views.lift, name="lift"),
    path("<uuid:patient_id>/representants/", views.mandates, name="mandates"),
    path(
        "<uuid:patient_id>/representants/<uuid:member_id>/renouveler/",
        views.renew_mandate,
        name="renew_mandate",
    ),
    path(
        "<uuid:patient_id>/representants/<uuid:member_id>/terminer/",
        views.end_mandate,
        name="end_mandate",
    ),
    path(
        "<uuid:patient_id>/representants/<uuid:member_id>/ouvrir/",
        views.open_mandate,
        name="open_mandate",
    ),
    path(
        "<uuid:patient_id>/representants/<uuid:member_id>/fermer/",
        views.close_mandate,
        name="close_mandate",
    ),
    path("<uuid:patient_id>/pourquoi/", views.why, name="why"),
    path("<uuid:patient_id>/qui-verrait/", views.sight, name="sight"),
    path("<uuid:patient_id>/demande/<uuid:request_id>/", views.answer, name="answer"),
]
