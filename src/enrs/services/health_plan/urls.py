"""Addresses of the app."""

from django.urls import path

from enrs.services.health_plan import views

app_name = "health_plan"
urlpatterns = [
    path("", views.home, name="home"),
    path("dossier/<uuid:patient_id>/", views.panel, name="panel"),
    path("dossier/<uuid:patient_id>/ouvrir/", views.begin, name="begin"),
]
