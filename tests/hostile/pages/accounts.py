"""Pages of the registry of applications, and of one's agreements."""

from typing import Any

from tests.hostile.cases.accounts import SHEET
from tests.hostile.pages.shared import Given, page, trusted
from tests.hostile.world import World

A = "core.accounts"
POSTED: dict[str, Any] = {
    "name": SHEET.name, "description": SHEET.description, "organisation_name": SHEET.organisation_name,
    "contact": SHEET.contact, "type": "confidential", "redirect_uris": SHEET.redirect_uris[0],
    "scopes": "openid\nprofile",
}  # fmt: skip


def application(w: World, k: Given) -> Given:
    return {"application_id": k["application"].pk}


page("accounts:application_new", f"{A}.register_application", None, lambda w, k: POSTED)
page(
    "accounts:application",
    f"{A}.change_application",
    application,
    lambda w, k: POSTED | {"version": 1},
)
page("accounts:application_secret", f"{A}.change_secret", application)
page(
    "accounts:application_retire",
    f"{A}.retire_application",
    application,
    lambda w, k: {"reason": "Fin du marché"},
)
page("accounts:keys", f"{A}.renew_key", None, lambda w, k: {"acte": "renouveler"})
page("accounts:withdraw", f"{A}.withdraw_consent", lambda w, k: {"consent_id": k["consent_id"]})

trusted |= {
    "accounts:choose_place": "one's own session, among one's own places; tried with accounts:position",
    "openid_connect_link": "one's own account, by the session that asked; tried in tests/core/accounts",
    "openid_connect_unlink": "one's own account; tried in tests/core/accounts",
    "openid_connect_logout": "by another provider's signed token; tried in tests/core/accounts",
    "idp:oidc:authorization": "whoever is signed in enters as themselves; tried in tests/conformance",
    "idp:oidc:token": "by a code or a refresh token alone; tried in tests/conformance",
    "idp:oidc:introspect": "by an application's secret; tried in tests/conformance",
    "idp:oidc:revoke": "by an application's secret; tried in tests/conformance",
    "idp:oidc:logout": "one's own session; tried in tests/conformance",
}
