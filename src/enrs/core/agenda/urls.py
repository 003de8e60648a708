"""Addresses of the agenda."""

from django.urls import path

from enrs.core.agenda import views

app_name = "agenda"

urlpatterns = [
    path("", views.week, name="week"),
    path("ouvrir/", views.open_agenda, name="open"),
    path("nouveau/", views.new, name="new"),
    path("rendez-vous/<uuid:appointment_id>/", views.appointment, name="appointment"),
    path("personne/<uuid:patient_id>/", views.panel, name="panel"),
    path("personne/<uuid:patient_id>/nouveau/", views.book_for, name="book_for"),
    path("personne/<uuid:patient_id>/<uuid:appointment_id>/", views.of_patient, name="of_patient"),
    path("<uuid:agenda_id>/reglages/", views.settings, name="settings"),
    path("<uuid:agenda_id>/creneaux/", views.slots, name="slots"),
    path("flux/<str:token>.ics", views.feed, name="feed"),
]
