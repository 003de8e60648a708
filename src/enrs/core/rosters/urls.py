"""Addresses of the rosters."""

from django.urls import path

from enrs.core.rosters import views

app_name = "rosters"

urlpatterns = [
    path("", views.board, name="board"),
    path("nouveau/", views.create, name="create"),
    path("absence/", views.absence, name="absence"),
    path("absence/<uuid:absence_id>/terminer/", views.end_absence, name="end_absence"),
    path("astreinte/<uuid:shift_id>/", views.shift, name="shift"),
    path("<uuid:roster_id>/", views.change, name="change"),
    path("<uuid:roster_id>/ajouter/", views.add, name="add"),
]
