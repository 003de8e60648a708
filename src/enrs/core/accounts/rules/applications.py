"""Addresses, scopes and secrets of third-party applications (pure).

Sources: RFC 6749 and RFC 9700 (exact addresses, secrets), RFC 8252 (native applications), RFC 7636 (PKCE),
SMART App Launch 2.2 (scopes).
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

LOOPBACKS = ("127.0.0.1", "::1", "localhost")
SECRET_BYTES = 32
"""256 bits of chance: no dictionary helps, so that a plain SHA-256 keeps the secret and costs nothing to check."""

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""What S256 makes of a verifier: 32 bytes in base64url (RFC 7636)."""

LAUNCH = "launch/patient"
"""Asks for the one person of the `patient/…` scopes (SMART App Launch 2.2, 2.2.3)."""

SIGN_IN_SCOPES = {
    "openid": "Savoir que c’est vous",
    "profile": "Votre nom et votre identifiant de connexion",
    "email": "Votre adresse électronique",
    "professional": "Votre identifiant national, votre métier et le lieu où vous travaillez",
    "fhirUser": "Votre fiche dans l’annuaire",
    LAUNCH: "Un seul dossier : le vôtre, ou celui que vous choisissez",
    "online_access": "Continuer sans vous redemander, tant que votre session est ouverte",
    "offline_access": "Continuer sans vous redemander pendant 30 jours, même déconnecté",
}
"""Scopes that are not about data of the FHIR API, with what a person is told of them."""

DATA_SCOPE = re.compile(
    r"(?P<context>user|patient)/(?P<kind>\*|[A-Z][A-Za-z]{1,60})\.(?P<may>read|write|\*|c?r?u?d?s?)"
)
DOMAIN_SCHEME = r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+"
READS, WRITES = "rs", "cud"


def is_https_or_loopback(uri: str) -> bool:
    """Whether the network in between cannot read what is sent to this address."""
    parts = _split(uri)
    if parts is None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACKS)


def is_https(uri: str) -> bool:
    """Whether an address is one of the network that nobody in between reads, never the machine's own."""
    parts = _split(uri)
    return parts is not None and parts.scheme == "https" and bool(parts.hostname)


def redirect_fault(uri: str, *, is_public: bool) -> str:
    """Why an address may not be registered, in French; empty when it may.

    https, http on the machine itself, or, for an application installed on a device (public), a scheme
    named after a domain (RFC 8252, 7.1). No fragment, no wildcard, no user name.
    """
    parts = _split(uri)
    if parts is None or any(character.isspace() for character in uri) or "\\" in uri:
        fault = "n’est pas une adresse"
    elif "*" in uri:
        fault = "écrivez l’adresse entière, sans étoile"
    elif "#" in uri:
        fault = "retirez ce qui suit le dièse"
    elif parts.username or parts.password:
        fault = "pas de nom d’utilisateur dans une adresse"
    elif is_https_or_loopback(uri) or (is_public and re.fullmatch(DOMAIN_SCHEME, parts.scheme)):
        fault = ""
    else:
        fault = "une adresse commence par https://"
    return f"« {uri} » : {fault}." if fault else ""


def is_redirect_allowed(uri: str, registered: Iterable[str], *, is_public: bool) -> bool:
    """Whether an asked address is registered, character for character.

    A public application on the machine itself may take any port (RFC 8252, 7.3).
    """
    known = set(registered)
    if uri in known:
        return True
    return is_public and _without_port(uri) in {_without_port(one) for one in known} - {""}


def _without_port(uri: str) -> str:
    """A loopback address by number with its port taken off; empty for any other."""
    parts = _split(uri)
    if (
        parts is None
        or parts.scheme != "http"
        or parts.hostname not in ("127.0.0.1", "::1")
        or parts.username
        or parts.fragment
    ):
        return ""
    return f"{parts.hostname}{parts.path}?{parts.query}"


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018  it is read to be checked
    except ValueError:
        return None
    return parts if parts.scheme else None


def is_known_scope(scope: str) -> bool:
    """Whether we give anything for this scope."""
    if scope in SIGN_IN_SCOPES:
        return True
    found = DATA_SCOPE.fullmatch(scope)
    return bool(found and found["may"])


def covers(registered: Iterable[str], wanted: str) -> bool:
    """Whether an application registered for some scopes may ask this one: the same, or a narrower one."""
    known = list(registered)
    if wanted in known:
        return True
    asked = DATA_SCOPE.fullmatch(wanted)
    if not asked or not asked["may"]:
        return False
    for one in known:
        held = DATA_SCOPE.fullmatch(one)
        if (
            held
            and held["context"] == asked["context"]
            and held["kind"] in ("*", asked["kind"])
            and letters(asked["may"]) <= letters(held["may"])
        ):
            return True
    return False


def letters(may: str) -> set[str]:
    """The five letters (create, read, update, delete, search) of a SMART permission, of either version."""
    return set({"read": READS, "write": WRITES, "*": READS + WRITES}.get(may, may))


def scope_words(scope: str) -> str:
    """What a person reads of a scope before they agree."""
    if scope in SIGN_IN_SCOPES:
        return SIGN_IN_SCOPES[scope]
    found = DATA_SCOPE.fullmatch(scope)
    if not found:
        return scope
    may = letters(found["may"])
    verbs = [word for word, some in (("Lire", READS), ("écrire", WRITES)) if may & set(some)]
    what = "les données" if found["kind"] == "*" else f"les ressources {found['kind']}"
    whose = "d’un seul dossier" if found["context"] == "patient" else "auxquelles vous avez accès"
    verb = " et ".join(verbs)
    return f"{verb[:1].upper()}{verb[1:]} {what} {whose}"


def new_secret() -> str:
    """A secret for a confidential application."""
    return secrets.token_urlsafe(SECRET_BYTES)


def secret_hash(secret: str) -> str:
    """What is kept of a secret."""
    return "sha256$" + hashlib.sha256(secret.encode()).hexdigest()


def is_secret(secret: str, kept: str) -> bool:
    """Whether this is the secret, compared in constant time; none fits an application that has none."""
    return hmac.compare_digest(secret_hash(secret), kept)
