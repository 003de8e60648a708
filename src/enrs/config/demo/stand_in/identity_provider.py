"""A stand-in for Pro Santé Connect: its discovery path, its parameters, its claims. For demos and tests only.

It knows everybody's name and asks no card: whoever opens its page chooses who they are. It listens on the
loopback interface and is refused in production.
"""

import base64
import contextlib
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from enrs.config.demo.stand_in.pages import Answers, first_values, page, server_of

ACR = "eidas1"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LASTS = 120
COOKIE = "stand_in_psc"
Claims = dict[str, Any]


@dataclass
class Provider:
    """What the stand-in knows: who there is, who we are, what it gave out.

    `people` are userinfo claims without `sub`; `acr` is what it answers (tests change it).
    """

    base: str
    people: Sequence[Claims]
    client_id: str
    secret: str
    acr: str = ACR
    kid: str = field(default_factory=lambda: secrets.token_hex(8))
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, Claims] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    logout_url: str = ""
    """Where the region is told that somebody left; nobody is told without it."""

    def claims_of(self, number: str) -> Claims | None:
        """The claims of somebody, with their `sub` as Keycloak makes it."""
        for one in self.people:
            if one["SubjectNameID"] == number:
                return one | {"sub": f"f:550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd:{number}"}
        return None

    def more_of(self, claims: Claims) -> Claims:
        """What the token of identity says beyond the protocol."""
        return {"preferred_username": claims["SubjectNameID"]}

    def discovery(self) -> Claims:
        oidc = f"{self.base}/protocol/openid-connect"
        return {
            "issuer": self.base,
            "authorization_endpoint": f"{self.base}/auth",
            "token_endpoint": f"{oidc}/token",
            "userinfo_endpoint": f"{oidc}/userinfo",
            "jwks_uri": f"{oidc}/certs",
            "end_session_endpoint": f"{oidc}/logout",
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }

    def certs(self) -> Claims:
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [jwk | {"kid": self.kid, "alg": "RS256", "use": "sig"}]}

    def code_for(self, number: str, asked: Mapping[str, str]) -> str:
        code = secrets.token_urlsafe(24)
        self.codes[code] = {"number": number, "at": time.time(), **asked}
        return code

    def tokens_for(self, form: Mapping[str, str]) -> Claims | None:
        """The answer to a code; None when anything does not fit."""
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or time.time() - asked["at"] > LASTS:
            return None
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.secret):
            return None
        if form.get("redirect_uri") != asked.get("redirect_uri"):
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        shown = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked.get("code_challenge") and shown != asked["code_challenge"]:
            return None
        claims = self.claims_of(asked["number"])
        if claims is None:
            return None
        access = secrets.token_urlsafe(24)
        self.tokens[access] = claims
        now = int(time.time())
        id_token = {
            "iss": self.base, "sub": claims["sub"], "aud": self.client_id, "iat": now, "exp": now + LASTS,
            "auth_time": now, "acr": self.acr, "nonce": asked.get("nonce", ""), "jti": secrets.token_hex(16),
            **({"sid": asked["sid"]} if asked.get("sid") else {}), **self.more_of(claims),
        }  # fmt: skip
        signed = jwt.encode(id_token, self.key, algorithm="RS256", headers={"kid": self.kid})
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": LASTS,
            "id_token": signed,
        }

    def logout_token(self, sid: str, number: str, /, **more: Any) -> str:
        """The signed word that a session ended here; tests change its claims by `more`."""
        claims = self.claims_of(number) or {}
        now = int(time.time())
        told = {
            "iss": self.base, "sub": claims.get("sub", ""), "aud": self.client_id, "iat": now, "exp": now + LASTS,
            "jti": secrets.token_hex(16), "events": {LOGOUT_EVENT: {}}, "sid": sid,
        } | more  # fmt: skip
        kept = {name: value for name, value in told.items() if value is not None}
        headers = {"kid": self.kid, "typ": "logout+jwt"}
        return jwt.encode(kept, self.key, algorithm="RS256", headers=headers)

    def leave(self, key: str) -> None:
        """End a session here, and tell the region, beside the answer to the browser."""
        number = self.sessions.pop(key, None)
        if number is None or not self.logout_url:
            return
        form = {"logout_token": self.logout_token(sid_of(key), number)}
        threading.Thread(target=_tell, args=(self.logout_url, form), daemon=True).start()


def sid_of(key: str) -> str:
    """What others know a session by: it says nothing of the cookie."""
    return hashlib.sha256(key.encode()).hexdigest()[:32] if key else ""


def _tell(address: str, form: Mapping[str, str]) -> None:
    with contextlib.suppress(requests.RequestException):
        requests.post(address, data=form, timeout=5)


class Handler(Answers):
    """The stand-in's pages and endpoints."""

    provider: Provider

    def do_GET(self) -> None:  # noqa: N802  the server calls it so
        parts = urlsplit(self.path)
        asked = first_values(parts.query)
        match parts.path.removeprefix("/protocol/openid-connect"):
            case "/.well-known/wallet-openid-configuration":
                self.json(self.provider.discovery())
            case "/certs":
                self.json(self.provider.certs())
            case "/auth":
                self._authorize(asked)
            case "/":
                self._home()
            case "/userinfo":
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                claims = self.provider.tokens.get(token)
                self.json(claims or {"error": "invalid_token"}, 200 if claims else 401)
            case "/logout":
                self._logout(asked)
            case _:
                self.json({"error": "not_found"}, 404)

    def do_POST(self) -> None:  # noqa: N802  the server calls it so
        form = self.form()
        if self.path == "/protocol/openid-connect/token":
            answer = self.provider.tokens_for(form)
            self.json(answer or {"error": "invalid_grant"}, 200 if answer else 400)
        elif self.path == "/auth":
            self._choose(form)
        else:
            self.json({"error": "not_found"}, 404)

    def _authorize(self, asked: Mapping[str, str]) -> None:
        if asked.get("client_id") != self.provider.client_id or "redirect_uri" not in asked:
            self.html(page("Demande refusée", "<p>Cette application n’est pas connue.</p>"), 400)
            return
        if asked.get("acr_values") != ACR or "scope_all" not in asked.get("scope", "").split():
            words = "<p>Il manque <code>acr_values=eidas1</code> ou <code>scope_all</code>.</p>"
            self.html(page("Demande refusée", words), 400)
            return
        number = self.provider.sessions.get(self.cookie(COOKIE))
        if number:
            self._back(number, asked, self.cookie(COOKIE))
            return
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in asked.items()
        )
        people = "".join(
            f'<button name="number" value="{html.escape(one["SubjectNameID"])}"><b>{html.escape(_name(one))}</b>'
            f"<small>{html.escape(_where(one))}</small></button>"
            for one in self.provider.people
        )
        body = (
            "<p>Ici, aucune carte n’est demandée : choisissez qui vous êtes. Toutes ces personnes sont inventées.</p>"
            f'<form method="post" action="/auth">{hidden}{people}</form>'
        )
        self.html(page("Fournisseur d’identité de démonstration", body))

    def _choose(self, form: Mapping[str, str]) -> None:
        number = form.get("number", "")
        if self.provider.claims_of(number) is None:
            self.html(page("Demande refusée", "<p>Personne de ce numéro.</p>"), 400)
            return
        key = secrets.token_urlsafe(24)
        self.provider.sessions[key] = number
        asked = {name: value for name, value in form.items() if name != "number"}
        self._back(number, asked, key, f"{COOKIE}={key}; Path=/; HttpOnly; SameSite=Lax")

    def _back(self, number: str, asked: Mapping[str, str], key: str, cookie: str = "") -> None:
        code = self.provider.code_for(number, {**asked, "sid": sid_of(key)})
        answer = {"code": code, "state": asked.get("state", "")}
        self.go(f"{asked['redirect_uri']}?{urlencode(answer)}", cookie)

    def _home(self) -> None:
        """Whose session is open here, and the way out of it: leaving here leaves the region."""
        claims = self.provider.claims_of(self.provider.sessions.get(self.cookie(COOKIE), ""))
        if claims is None:
            self.html(
                page("Fournisseur d’identité de démonstration", "<p>Aucune session ouverte.</p>")
            )
            return
        body = (
            f"<p>Session ouverte : {html.escape(_name(claims))}</p>"
            '<a class="act" href="/protocol/openid-connect/logout">Se déconnecter d’ici</a>'
        )
        self.html(page("Fournisseur d’identité de démonstration", body))

    def _logout(self, asked: Mapping[str, str]) -> None:
        self.provider.leave(self.cookie(COOKIE))
        cleared = f"{COOKIE}=; Path=/; Max-Age=0"
        if "id_token_hint" in asked and "post_logout_redirect_uri" in asked:
            self.go(asked["post_logout_redirect_uri"], cleared)
        else:
            self.html(page("Vous êtes déconnecté", "<p>Votre session est fermée.</p>"))


def serve(provider: Provider, host: str, port: int) -> ThreadingHTTPServer:
    """A server ready to run; `serve_forever` is the caller's."""
    return server_of(Handler, host, port, provider=provider)


def _name(claims: Claims) -> str:
    return f"{claims.get('given_name', '')} {str(claims.get('family_name', '')).upper()}".strip()


def _where(claims: Claims) -> str:
    places = [
        one.get("raisonSocialeSite", "")
        for exercice in claims.get("SubjectRefPro", {}).get("exercices", [])
        for one in exercice.get("activities", [])
    ]
    return ", ".join(dict.fromkeys(place for place in places if place))
