"""Addresses of the search for a person and of the identity unit."""

from django.urls import path

from enrs.referentials.identity import views

app_name = "identity"
urlpatterns = [
    path("", views.search, name="search"),
    path("recherche-exacte/", views.exact, name="exact"),
    path("nouvelle/", views.create, name="create"),
    path("cellule/", views.work_list, name="work_list"),
    path("cellule/<uuid:item_id>/", views.work_item, name="work_item"),
]
