"""Addresses of the message screens."""

from django.urls import path

from enrs.interop.gateway import views

app_name = "gateway"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("partenaires/", views.partners, name="partners"),
    path("partenaires/<uuid:partner_id>/", views.partner, name="partner"),
    path("<uuid:message_id>/", views.message, name="message"),
    path("<uuid:message_id>/rejouer/", views.replay, name="replay"),
    path("<uuid:message_id>/mettre-de-cote/", views.park, name="park"),
]
