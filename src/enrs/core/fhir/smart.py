"""Where an application of SMART App Launch asks for its token: discovery, and the statement's extension."""

from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
CAPABILITIES = (
    "launch-standalone", "client-public", "client-confidential-symmetric", "sso-openid-connect",
    "context-standalone-patient", "permission-offline", "permission-online", "permission-patient",
    "permission-user", "permission-v1", "permission-v2",
)  # fmt: skip


def _address(name: str) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(f'idp:oidc:{name}')}"


@cache
def _configuration() -> bytes:
    return orjson.dumps(
        {
            "issuer": settings.PUBLIC_URL.rstrip("/"),
            "jwks_uri": _address("jwks"),
            "authorization_endpoint": _address("authorization"),
            "token_endpoint": _address("token"),
            "introspection_endpoint": _address("introspect"),
            "revocation_endpoint": _address("revoke"),
            "grant_types_supported": ["authorization_code"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": [
                "openid", "profile", "fhirUser", "launch/patient", "offline_access", "online_access",
                "user/*.rs", "user/*.cruds", "patient/*.rs",
            ],
            "capabilities": CAPABILITIES,
        }
    )  # fmt: skip


@permission(PUBLIC)
def configuration(request: HttpRequest) -> HttpResponse:
    """`.well-known/smart-configuration` (SMART App Launch 2.2)."""
    answer = HttpResponse(_configuration(), content_type="application/json")
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def oauth_extension() -> dict[str, Any]:
    """The same addresses, where older applications look for them."""
    pairs = (
        ("authorize", "authorization"),
        ("token", "token"),
        ("introspect", "introspect"),
        ("revoke", "revoke"),
    )
    return {
        "url": OAUTH_URIS,
        "extension": [{"url": key, "valueUri": _address(name)} for key, name in pairs],
    }
