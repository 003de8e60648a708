"""Addresses of the app."""

from django.urls import path

from enrs.services.social_assessment import views

app_name = "social_assessment"
urlpatterns = [
    path("<uuid:patient_id>/", views.panel, name="panel"),
    path("<uuid:patient_id>/demander/", views.begin, name="begin"),
    path("<uuid:patient_id>/envoyer/", views.send, name="send"),
]
