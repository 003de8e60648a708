"""Addresses of the app."""

from django.urls import URLPattern

app_name = "coordination"

urlpatterns: list[URLPattern] = []
