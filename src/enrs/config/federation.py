"""The other identity providers of an installation: Pro Santé Connect, hospitals, FranceConnect, the demo's stand-in.

Pro Santé Connect is on when `ENRS_PSC_CLIENT_ID` is given (`ENRS_PSC_SECRET` with it; `ENRS_PSC=bas` for the
national sandbox). A hospital's own provider is a table `[[identity_provider]]` of `region.toml`; its secret is
in the variable that `secret_variable` names, never in the file. FranceConnect, for patients and relatives, is
the table `[franceconnect]`, its secret in a variable in the same way.
"""

from collections.abc import Mapping, Sequence
from typing import Any

PSC_HOSTS = {"production": "auth.esw.esante.gouv.fr", "bas": "auth.bas.psc.esante.gouv.fr"}
PSC_PATH = "/auth/realms/esante-wallet/.well-known/wallet-openid-configuration"
FRANCECONNECT_HOSTS = {
    "production": "oidc.franceconnect.gouv.fr",
    "integration": "fcp-low.integ01.dev-franceconnect.fr",
}
FRANCECONNECT_SCOPES = (
    "openid", "given_name", "family_name", "preferred_username", "birthdate", "gender", "birthplace", "birthcountry",
)  # fmt: skip
"""The pivot identity, claim by claim: no e-mail address, which would prove nothing here."""
OURS = ("psc", "franceconnect")
STAND_IN = {"client_id": "enrs-demo", "secret": "secret-de-demonstration"}
"""What the demo's own stand-in knows us by: it listens on this machine alone."""


def providers(
    environment: Mapping[str, str],
    region_tables: Sequence[Mapping[str, Any]],
    mode: str,
    franceconnect: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """The providers, in the order of the sign-in page, as django-allauth's client takes them.

    Raises:
        ValueError: a stand-in in production, or a table that lacks something.
    """
    found = []
    stand_in = environment.get("ENRS_STAND_IN_URL", "")
    if stand_in:
        if mode == "production":
            raise ValueError(
                "ENRS_STAND_IN_URL : pas de fournisseur d'identité de démonstration en production."
            )
        found.append(
            _psc(
                f"{stand_in}/.well-known/wallet-openid-configuration",
                **STAND_IN,
                note="Fournisseur d’identité de démonstration",
            )
        )
    elif environment.get("ENRS_PSC_CLIENT_ID"):
        host = PSC_HOSTS[environment.get("ENRS_PSC", "production")]
        found.append(
            _psc(
                f"https://{host}{PSC_PATH}",
                client_id=environment["ENRS_PSC_CLIENT_ID"],
                secret=environment.get("ENRS_PSC_SECRET", ""),
            )
        )
    found += [_hospital(one, environment) for one in region_tables]
    if stand_in:
        found.append(
            _franceconnect(
                f"{stand_in}/api/v2",
                **STAND_IN,
                note="FranceConnect de démonstration : rien n’est vrai",
            )
        )
    elif franceconnect is not None:
        found.append(_franceconnect_of(franceconnect, environment))
    return found


def _psc(server_url: str, *, client_id: str, secret: str, note: str = "") -> dict[str, Any]:
    return {
        "provider_id": "psc",
        "name": "Pro Santé Connect",
        "client_id": client_id,
        "secret": secret,
        "settings": {
            "server_url": server_url,
            "scope": ["openid", "scope_all"],
            "auth_params": {"acr_values": "eidas1"},
            "acr": "eidas1",
            "uid_field": "SubjectNameID",
            "link": "idnps",
            "is_strong": True,
            "oauth_pkce_enabled": True,
            "token_auth_method": "client_secret_post",
            "note": note,
        },
    }


def _franceconnect_of(table: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    host = FRANCECONNECT_HOSTS.get(str(table.get("environment", "production")))
    secret = environment.get(str(table.get("secret_variable", "")), "")
    if not host or not table.get("client_id") or not secret:
        raise ValueError("franceconnect : environment, client_id ou secret_variable")
    return _franceconnect(f"https://{host}/api/v2", client_id=table["client_id"], secret=secret)


def _franceconnect(
    server_url: str, *, client_id: str, secret: str, note: str = ""
) -> dict[str, Any]:
    """FranceConnect, version 2, at the level that it gives to everybody; its answers are signed.

    PKCE is not among the parameters that it documents: the secret, the state and the nonce are there for it.
    """
    return {
        "provider_id": "franceconnect",
        "name": "FranceConnect",
        "client_id": client_id,
        "secret": secret,
        "settings": {
            "server_url": f"{server_url}/.well-known/openid-configuration",
            "scope": list(FRANCECONNECT_SCOPES),
            "auth_params": {"acr_values": "eidas1"},
            "acr": "eidas1",
            "uid_field": "sub",
            "audience": "person",
            "is_strong": False,
            "oauth_pkce_enabled": False,
            "token_auth_method": "client_secret_post",
            "signed_userinfo": True,
            "note": note,
        },
    }


def _hospital(table: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """One `[[identity_provider]]`; who it recognises is found by the national number in `claim`."""
    missing = {"id", "name", "server_url", "client_id", "claim", "link"} - table.keys()
    if missing or table.get("link") not in ("idnps", "rpps") or table.get("id") in OURS:
        raise ValueError(
            f"identity_provider {table.get('id', '')} : {', '.join(sorted(missing)) or 'link ou id'}"
        )
    acr = str(table.get("acr", ""))
    return {
        "provider_id": table["id"],
        "name": table["name"],
        "client_id": table["client_id"],
        "secret": environment.get(str(table.get("secret_variable", "")), ""),
        "settings": {
            "server_url": table["server_url"],
            "scope": list(table.get("scope", ["openid", "profile"])),
            "auth_params": {"acr_values": acr} if acr else {},
            "acr": acr,
            "uid_field": table["claim"],
            "link": table["link"],
            "names": dict(table.get("names", {})),
            "is_strong": bool(table.get("is_strong", False)),
            "oauth_pkce_enabled": True,
            "note": str(table.get("note", "")),
        },
    }
