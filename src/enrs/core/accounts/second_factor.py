"""Whether a session still owes its second factor, where one is demanded."""

from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

PROVING = {"account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
"""Pages that a session may open before its second factor: where it is given."""

ENROLLING = {"mfa_activate_totp", "mfa_add_webauthn"}
"""Pages that it may open when the account has none yet: who knows the password alone adds no second one."""


def second_factor_address(request: HttpRequest, view_name: str = "") -> str:
    """Where this session must give (or first enrol) its second factor before this page; empty when nothing is owed."""
    if not settings.DEMANDS_SECOND_FACTOR or not request.user.is_authenticated:
        return ""
    records = get_authentication_records(request, request.user)
    if any(record["method"] == "mfa" for record in records):
        return ""
    if request.session.get("federation", {}).get("is_strong"):
        return ""  # A CPS card, or the e-CPS application, is two factors.
    if view_name in PROVING:
        return ""
    if not is_mfa_enabled(request.user):
        return "" if view_name in ENROLLING else reverse("mfa_activate_totp")
    here = request.get_full_path() if request.method == "GET" else "/"
    return f"{reverse('mfa_reauthenticate')}?{urlencode({'next': here}, safe='/')}"
