"""Addresses of the app."""

from django.urls import path

from enrs.core.plans import views

app_name = "plans"
plan = "<uuid:patient_id>/<uuid:plan_id>/"

urlpatterns = [
    path(plan, views.show, name="plan"),
    path(f"{plan}textes/", views.header, name="header"),
    path(f"{plan}etat/", views.move, name="move"),
    path(f"{plan}accord/", views.agreement, name="agreement"),
    path(f"{plan}historique/", views.history, name="history"),
    path(f"{plan}imprimer/", views.print_page, name="print"),
    path(f"{plan}pdf/", views.pdf, name="pdf"),
    path(f"{plan}<str:kind>/", views.row, name="add"),
    path(f"{plan}<str:kind>/<uuid:row_id>/", views.row, name="row"),
    path(f"{plan}<str:kind>/<uuid:row_id>/retirer/", views.withdraw, name="withdraw"),
]
