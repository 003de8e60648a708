"""Addresses of the directory."""

from django.urls import path

from enrs.referentials.directory import views

app_name = "directory"
urlpatterns = [
    path("", views.search, name="search"),
    path("structures/", views.structures, name="structures"),
    path("professionnel/<uuid:practitioner_id>/", views.practitioner, name="practitioner"),
    path("structure/<uuid:organisation_id>/", views.organisation, name="organisation"),
    path("chargements/", views.reports, name="reports"),
    path("chargements/<uuid:report_id>/", views.report, name="report"),
]
