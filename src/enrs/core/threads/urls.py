"""Addresses of the conversations."""

from django.urls import path

from enrs.core.threads import views

app_name = "threads"

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("nouvelle/", views.start, name="start"),
    path("personne/<uuid:patient_id>/", views.panel, name="panel"),
    path("personne/<uuid:patient_id>/nouvelle/", views.start_about, name="start_about"),
    path("message/<uuid:message_id>/", views.edit, name="edit"),
    path("message/<uuid:message_id>/retirer/", views.withdraw, name="withdraw"),
    path("fichier/<uuid:attachment_id>/", views.attachment, name="attachment"),
    path("<uuid:thread_id>/", views.thread, name="thread"),
    path("<uuid:thread_id>/ecrire/", views.post, name="post"),
    path("<uuid:thread_id>/lu/", views.read, name="read"),
    path("<uuid:thread_id>/membres/", views.members, name="members"),
    path("<uuid:thread_id>/quitter/", views.leave, name="leave"),
    path("<uuid:thread_id>/clore/", views.close, name="close"),
]
