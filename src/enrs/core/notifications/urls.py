"""Addresses of a person's notices."""

from django.urls import path

from enrs.core.notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.listing, name="list"),
    path("cloche/", views.bell, name="bell"),
    path("lues/", views.read_all, name="read_all"),
]
