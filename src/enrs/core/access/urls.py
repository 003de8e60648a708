"""Addresses of the matrix of professions."""

from django.urls import path

from enrs.core.access import views

app_name = "access"
urlpatterns = [
    path("", views.show, name="matrix"),
    path("simulation/", views.simulation, name="simulation"),
    path("changer/", views.change, name="change"),
    path("historique/", views.history, name="history"),
    path("habilitations.csv", views.export, name="export"),
]
