"""Addresses of a person's notices, of what leaves, and of the API of the members' software."""

from django.urls import path

from enrs.core.notifications.views import accounts, api, desk, notices, preferences

app_name = "notifications"
urlpatterns = [
    path("", notices.listing, name="list"),
    path("cloche/", notices.bell, name="bell"),
    path("lues/", notices.read_all, name="read_all"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("preferences/mobile/", preferences.mobile, name="mobile"),
    path("envois/", desk.listing, name="sendings"),
    path("envois/comptes/", accounts.listing, name="accounts"),
    path("envois/comptes/ouvrir/", accounts.opening, name="account_new"),
    path("envois/comptes/<uuid:account_id>/", accounts.account, name="account"),
    path("envois/comptes/<uuid:account_id>/cles/", accounts.new_key, name="key_new"),
    path(
        "envois/comptes/<uuid:account_id>/cles/<uuid:key_id>/revoquer/",
        accounts.end_key,
        name="key_end",
    ),
    path("envois/releves/", accounts.statement, name="statement"),
    path("envois/releves/csv/", accounts.statement_csv, name="statement_csv"),
    path("envois/essai/", desk.stand_in, name="stand_in"),
    path("envois/stop/", desk.stops, name="stops"),
    path("envois/<uuid:sending_id>/", desk.sending, name="sending"),
    path("envois/<uuid:sending_id>/renvoyer/", desk.resend, name="resend"),
    path("envois/<uuid:sending_id>/annuler/", desk.cancel, name="cancel"),
    path("api/v1/sms", api.send, name="api_send"),
    path("api/v1/sms/<uuid:sending_id>", api.state, name="api_state"),
    path("api/v1/passerelle/accuses", api.receipt, name="api_receipt"),
    path("api/v1/passerelle/reponses", api.reply, name="api_reply"),
]
