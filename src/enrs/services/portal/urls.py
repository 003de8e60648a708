"""Addresses of the portal."""

from django.urls import include, path

from enrs.services.portal.views import (
    announcements,
    arrival,
    desk,
    enrolment,
    kiosk,
    letters,
    numbers,
    openings,
    persons,
    posts,
    referents,
    rescue,
)

app_name = "portal"
_of_accounts = [
    path("arrivee/", arrival.arrival, name="arrival"),
    path("annonces/", announcements.listing, name="announcements"),
    path("annonces/<uuid:announcement_id>/", announcements.one, name="announcement"),
    path("annonces/<uuid:announcement_id>/fin/", announcements.end, name="end_announcement"),
    path("ouvertures/", openings.listing, name="openings"),
    path("ouvertures/<slug:key>/", openings.one, name="opening"),
    path("referents/", referents.places, name="referent_places"),
    path("referents/<uuid:organisation_id>/", referents.name, name="first_referents"),
    path("ouvrir/", enrolment.number, name="number"),
    path("ouvrir/identite/", enrolment.identity, name="identity"),
    path("ouvrir/code/", enrolment.code, name="code"),
    path("ouvrir/reprendre/", enrolment.resume, name="resume"),
    path("ouvrir/mot-de-passe/", enrolment.password, name="password"),
    path("ouvrir/recommencer/", enrolment.restart, name="restart"),
    path("depannage/", rescue.rescue, name="rescue"),
    path("courriers/", letters.listing, name="letters"),
    path("courriers/<uuid:enrolment_id>/imprimer/", letters.paper, name="letter"),
    path("poste/", posts.post, name="post"),
    path("poste/service/", posts.shift, name="shift"),
    path("poste/verrouiller/", posts.lock, name="lock"),
    path("poste/<uuid:shift_id>/", posts.take_over, name="take_over"),
    path("dossier/<uuid:patient_id>/", persons.persons, name="persons"),
    path("structure/<uuid:organisation_id>/postes/", posts.posts, name="posts"),
    path(
        "structure/<uuid:organisation_id>/postes/<uuid:post_id>/oublier/",
        posts.revoke,
        name="revoke_post",
    ),
    path("structure/", desk.home, name="desk"),
    path("structure/<uuid:organisation_id>/", desk.people, name="people"),
    path("structure/<uuid:organisation_id>/demandes/", desk.requests, name="requests"),
    path(
        "structure/<uuid:organisation_id>/demandes/<uuid:enrolment_id>/", desk.answer, name="answer"
    ),
    path("structure/<uuid:organisation_id>/referents/", desk.referents, name="referents"),
    path(
        "structure/<uuid:organisation_id>/referents/<uuid:referent_id>/fin/",
        desk.end_referent,
        name="end_referent",
    ),
    path("structure/<uuid:organisation_id>/registre/", desk.register, name="register"),
    path("mon-numero/", numbers.own, name="own_number"),
    path(
        "structure/<uuid:organisation_id>/registre/numeros/<uuid:match_id>/",
        numbers.match,
        name="match",
    ),
    path(
        "structure/<uuid:organisation_id>/registre/<uuid:person_id>/",
        desk.merge,
        name="merge",
    ),
    path("structure/<uuid:organisation_id>/fermes/", desk.closed, name="closed"),
    path("structure/<uuid:organisation_id>/fermes/<uuid:closing_id>/", desk.reopen, name="reopen"),
    path("structure/<uuid:organisation_id>/<uuid:user_id>/", desk.person, name="person"),
    path("structure/<uuid:organisation_id>/<uuid:user_id>/present/", desk.confirm, name="confirm"),
    path("structure/<uuid:organisation_id>/<uuid:user_id>/fermer/", desk.close, name="close"),
]
urlpatterns = [
    path("compte/", include(_of_accounts)),
    path("services/", kiosk.kiosk, name="kiosk"),
    path("services/favori/", kiosk.favourite, name="favourite"),
    path(
        "services/annonces/<uuid:announcement_id>/<int:version>/lue/",
        kiosk.put_away,
        name="put_away",
    ),
    path("aide/", kiosk.help_index, name="help"),
    path("aide/<slug:key>/", kiosk.help_page, name="help_page"),
]
