"""Addresses of the matrix of professions, and of the exploitation's sessions."""

from django.urls import path

from enrs.core.access.views import matrix, operating

app_name = "access"
urlpatterns = [
    path("", matrix.show, name="matrix"),
    path("simulation/", matrix.simulation, name="simulation"),
    path("changer/", matrix.change, name="change"),
    path("historique/", matrix.history, name="history"),
    path("habilitations.csv", matrix.export, name="export"),
    path("sessions/", operating.listing, name="sessions"),
    path("sessions/ouvrir/", operating.opening, name="open_session"),
    path("sessions/<uuid:session_id>/", operating.one, name="session"),
    path("sessions/<uuid:session_id>/terminer/", operating.end, name="end_session"),
]
