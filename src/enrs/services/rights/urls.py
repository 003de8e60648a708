"""Addresses of the app."""

from django.urls import path

from enrs.services.rights.views import copies, glasses, own, person, requests, retention, reviews

app_name = "rights"
urlpatterns = [
    path("bris-de-glace/", glasses.listing, name="glasses"),
    path("bris-de-glace/liste.csv", glasses.export, name="glasses_csv"),
    path("bris-de-glace/<uuid:glass_id>/", glasses.glass, name="glass"),
    path("mes-bris-de-glace/", own.listing, name="own"),
    path("mes-bris-de-glace/<uuid:glass_id>/", own.glass, name="own_glass"),
    path("acces/", reviews.listing, name="openings"),
    path("acces/liste.csv", reviews.export, name="openings_csv"),
    path("acces/a-expliquer/", reviews.to_explain, name="reviews"),
    path("acces/a-expliquer/<uuid:review_id>/", reviews.review, name="review"),
    path("acces/<uuid:place>/<uuid:user_id>/<slug:reference>/", reviews.line, name="opening"),
    path("mes-acces/<uuid:review_id>/", reviews.own, name="own_review"),
    path("demandes/", requests.listing, name="requests"),
    path("demandes/nouvelle/", requests.register, name="register"),
    path("demandes/<uuid:request_id>/", requests.asked, name="request"),
    path("demandes/<uuid:request_id>/lettre.pdf", requests.letter, name="letter"),
    path("mes-demandes/", person.listing, name="mine"),
    path("mes-demandes/nouvelle/", person.ask, name="ask"),
    path("mes-demandes/<uuid:request_id>/", person.asked, name="my_request"),
    path("mes-demandes/<uuid:request_id>/lettre.pdf", person.letter, name="my_letter"),
    path("conservation/", retention.listing, name="retention"),
    path("conservation/<uuid:record_id>/", retention.record, name="retained"),
    path("conservation/bordereaux/<uuid:approval_id>/", retention.slip, name="slip"),
    path(
        "conservation/bordereaux/<uuid:approval_id>/bordereau.pdf",
        retention.slip_pdf,
        name="slip_pdf",
    ),
    path("mes-copies/", copies.ask, name="ask_copy"),
    path("mes-copies/<uuid:copy_id>/copie.zip", copies.download, name="copy"),
]
