"""A third-party application for demos and tests: a library of medical equipment that people enter by the region.

It is written as an ordinary vendor would write one: discovery, authorization code with PKCE, the identity
token checked, logout by the provider, and the provider's back-channel word that a session ended. It keeps
nothing, listens on the loopback interface and is refused in production.
"""

import base64
import hashlib
import html
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import requests

from enrs.config.demo.stand_in.pages import Answers, first_values, page, server_of
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts.commands import (
    Sheet,
    change_application,
    change_secret,
    register_application,
)
from enrs.core.accounts.models import Application

NAME = "Matériothèque de démonstration"
SCOPES = ("openid", "profile", "professional")
MARK = "Application tierce de démonstration : rien ici n’est vrai"
COOKIE = "stand_in_application"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
SECONDS = 10
EQUIPMENT = (
    ("Lit médicalisé électrique", "3 disponibles, Melun"),
    ("Fauteuil roulant bariatrique, 250 kg", "1 disponible, Créteil"),
    ("Aspirateur de mucosités", "4 disponibles, Bobigny"),
    ("Lève-personne mobile", "aucun avant jeudi"),
)


class EntryRefusedError(ValueError):
    """The provider's answer is not one to our question; the message is for the page."""


@dataclass
class Library:
    """What the application knows: where it stands, who the provider is, who is inside."""

    base: str
    issuer: str
    client_id: str
    secret: str
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    """What was sent with each question: `state` to its verifier and its nonce."""
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The claims of who is inside, by cookie; `id_token` among them."""

    def about(self) -> dict[str, Any]:
        """The provider's discovery document."""
        address = f"{self.issuer}/.well-known/openid-configuration"
        return dict(requests.get(address, timeout=SECONDS).json())

    def question(self) -> str:
        """The provider's address to send a browser to."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        self.asked[state] = {"nonce": nonce, "verifier": verifier}
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": f"{self.base}/retour",
            "scope": " ".join(SCOPES), "state": state, "nonce": nonce, "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }  # fmt: skip
        return f"{self.about()['authorization_endpoint']}?{urlencode(query)}"

    def enter(self, answer: Mapping[str, str]) -> str:
        """Open a session for the answer that came back; returns its key (EntryRefusedError)."""
        asked = self.asked.pop(answer.get("state", ""), None)
        if asked is None:
            raise EntryRefusedError("Cette réponse n’est pas à notre demande : recommencez.")
        if "code" not in answer:
            raise EntryRefusedError("Vous n’avez pas donné votre accord.")
        about = self.about()
        form = {
            "grant_type": "authorization_code", "code": answer["code"], "redirect_uri": f"{self.base}/retour",
            "code_verifier": asked["verifier"],
        }  # fmt: skip
        told = requests.post(
            about["token_endpoint"], data=form, auth=(self.client_id, self.secret), timeout=SECONDS
        )
        if told.status_code != 200:
            raise EntryRefusedError(
                "L’espace régional n’a pas confirmé votre entrée : recommencez."
            )
        token = told.json()["id_token"]
        claims = self.checked(token)
        if claims.get("nonce") != asked["nonce"]:
            raise EntryRefusedError("Cette réponse n’est pas à notre demande : recommencez.")
        key = secrets.token_urlsafe(32)
        self.sessions[key] = claims | {"id_token": token}
        return key

    def checked(self, token: str) -> dict[str, Any]:
        """The claims of a token that the provider signed for us (EntryRefusedError)."""
        about = self.about()
        try:
            key = jwt.PyJWKClient(about["jwks_uri"]).get_signing_key_from_jwt(token)
            return dict(
                jwt.decode(
                    token, key.key, algorithms=["RS256"], audience=self.client_id, issuer=about["issuer"],
                )
            )  # fmt: skip
        except jwt.PyJWTError as error:
            raise EntryRefusedError(
                "Le jeton reçu n’est pas signé par l’espace régional."
            ) from error

    def leave(self, key: str) -> str:
        """End a session here; returns where the provider ends its own."""
        claims = self.sessions.pop(key, None)
        if claims is None:
            return f"{self.base}/"
        query = {"id_token_hint": claims["id_token"], "post_logout_redirect_uri": f"{self.base}/"}
        return f"{self.about()['end_session_endpoint']}?{urlencode(query)}"

    def told_of_logout(self, token: str) -> None:
        """The provider says that a session ended: those of its `sid` end here (EntryRefusedError)."""
        claims = self.checked(token)
        if LOGOUT_EVENT not in claims.get("events", {}) or "nonce" in claims:
            raise EntryRefusedError("Ce jeton ne dit aucune déconnexion.")
        for key in [key for key, one in self.sessions.items() if one.get("sid") == claims["sid"]]:
            self.sessions.pop(key, None)


class Handler(Answers):
    """The application's pages and endpoints."""

    library: Library

    def do_GET(self) -> None:  # noqa: N802  the server calls it so
        parts = urlsplit(self.path)
        try:
            match parts.path:
                case "/":
                    self.html(home(self.library.sessions.get(self.cookie(COOKIE))))
                case "/entrer":
                    self.go(self.library.question())
                case "/retour":
                    answer = first_values(parts.query)
                    cookie = (
                        f"{COOKIE}={self.library.enter(answer)}; Path=/; HttpOnly; SameSite=Lax"
                    )
                    self.go("/", cookie)
                case _:
                    self.html(page("Page introuvable", back(), MARK), 404)
        except EntryRefusedError as error:
            self.html(
                page("Entrée refusée", f"<p>{html.escape(str(error))}</p>{back()}", MARK), 403
            )
        except (requests.RequestException, KeyError, json.JSONDecodeError):
            words = "<p>L’espace régional ne répond pas. Réessayez dans un instant.</p>"
            self.html(page("Entrée impossible", words + back(), MARK), 503)

    def do_POST(self) -> None:  # noqa: N802  the server calls it so
        form = self.form()
        try:
            if self.path == "/sortir":
                self.go(self.library.leave(self.cookie(COOKIE)), f"{COOKIE}=; Path=/; Max-Age=0")
            elif self.path == "/deconnexion":
                self.library.told_of_logout(form.get("logout_token", ""))
                self.html("")
            else:
                self.html(page("Page introuvable", back(), MARK), 404)
        except (EntryRefusedError, requests.RequestException, KeyError):
            self.html(page("Demande refusée", back(), MARK), 400)


def home(claims: Mapping[str, Any] | None) -> str:
    """The application's page: the door, or the shelves for who is inside."""
    if claims is None:
        words = "<p>Empruntez du matériel médical entre établissements.</p>"
        door = '<a class="act" href="/entrer">Entrer par l’espace régional</a>'
        return page("Matériothèque", words + door, MARK)
    told = {
        "Vous êtes": claims.get("name", ""),
        "Votre métier": claims.get("role_label", ""),
        "Votre lieu": claims.get("SubjectOrganization", ""),
        "Votre numéro": claims.get("SubjectNameID", ""),
    }
    who = "".join(
        f"<dt>{label}</dt><dd>{html.escape(str(value))}</dd>" for label, value in told.items() if value
    )  # fmt: skip
    shelves = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(state)}</dd>" for name, state in EQUIPMENT
    )
    leave = '<form method="post" action="/sortir"><button>Se déconnecter, ici et de l’espace régional</button></form>'
    return page(
        "Matériothèque", f"<dl>{who}</dl><h2>À emprunter</h2><dl>{shelves}</dl>{leave}", MARK
    )


def back() -> str:
    """The way back to the door."""
    return '<a class="act" href="/">Revenir à l’accueil</a>'


def serve(library: Library, host: str, port: int) -> ThreadingHTTPServer:
    """A server ready to run; `serve_forever` is the caller's."""
    return server_of(Handler, host, port, library=library)


def registered(base: str) -> tuple[str, str]:
    """The application's row in the region's registry, written or brought up to date, and a new secret."""
    sheet = Sheet(
        name=NAME, description="Emprunter du matériel médical entre établissements.",
        organisation_name="Éditeur inventé", contact="technique@materiotheque.example",
        redirect_uris=(f"{base}/retour",), scopes=SCOPES, post_logout_uris=(f"{base}/",),
        home_url=f"{base}/entrer", backchannel_logout_uri=f"{base}/deconnexion",
    )  # fmt: skip
    with acting(SYSTEM):
        kept = Application.objects.filter(name=NAME, retired_at=None).first()
        if kept is None:
            made, secret = register_application(sheet=sheet)
            return made.id, secret
        change_application(application=kept, sheet=sheet, expected_version=kept.version)
        return kept.id, change_secret(application=kept)
