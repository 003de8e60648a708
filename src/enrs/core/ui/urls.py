"""The gallery of components; the root URLs leave it out in production."""

from django.urls import path

from enrs.core.ui import views

app_name = "ui"
urlpatterns = [
    path("", views.gallery, name="gallery"),
    path("suite", views.gallery_rows, name="gallery_rows"),
    path("public", views.gallery_public, name="gallery_public"),
]
