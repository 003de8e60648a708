"""Addresses of the message screens."""

from django.urls import path

from enrs.interop.gateway import views, views_out

app_name = "gateway"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("partenaires/", views.partners, name="partners"),
    path("partenaires/<uuid:partner_id>/", views.partner, name="partner"),
    path("partenaires/<uuid:partner_id>/diffusions/", views_out.recipient, name="recipient"),
    path("diffusions/", views_out.deliveries, name="deliveries"),
    path("diffusions/<uuid:delivery_id>/renvoyer/", views_out.resend, name="resend"),
    path("<uuid:message_id>/", views.message, name="message"),
    path("<uuid:message_id>/rejouer/", views.replay, name="replay"),
    path("<uuid:message_id>/mettre-de-cote/", views.park, name="park"),
]
