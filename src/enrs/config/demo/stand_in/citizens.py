"""A stand-in for FranceConnect, version 2: its paths, its parameters, its signed answers. For demos and tests only.

Whoever opens its page says who they are: one of the invented people, or somebody made up on the spot. It lives
in the process of the stand-in for Pro Santé Connect, under `/api/v2`.
"""

import hashlib
import html
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from urllib.parse import urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from enrs.config.demo.stand_in import identity_provider
from enrs.config.demo.stand_in.identity_provider import ACR, LASTS, Claims, Provider
from enrs.config.demo.stand_in.pages import first_values, page, server_of

PATH = "/api/v2"
COOKIE = "stand_in_franceconnect"
MARK = "FranceConnect de démonstration : rien ici n’est vrai"
LEAST = 22
"""Signs that the real one demands of a state and of a nonce."""
TRAITS = {
    "family_name": "Nom de naissance", "given_name": "Tous les prénoms", "birthdate": "Date de naissance (AAAA-MM-JJ)",
    "birthplace": "Commune de naissance (code INSEE)", "preferred_username": "Nom d’usage",
}  # fmt: skip


@dataclass
class Citizens(Provider):
    """Who there is, by the text of their claims; `note` says what the demo does with each.

    Tests change `forger` (another key signs what is said of the person) and `is_plain` (nobody signs it).
    """

    forger: rsa.RSAPrivateKey | None = None
    is_plain: bool = False

    def claims_of(self, number: str) -> Claims | None:
        """The claims in a text, with the `sub` that this service alone knows somebody by."""
        try:
            told = json.loads(number)
        except ValueError:
            return None
        return dict(told) | {"sub": hashlib.sha256(number.encode()).hexdigest() + "v1"}

    def more_of(self, claims: Claims) -> Claims:
        """Nothing of the person is in the token of identity."""
        return {}

    def discovery(self) -> Claims:
        return {
            "issuer": self.base,
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/token",
            "userinfo_endpoint": f"{self.base}/userinfo",
            "jwks_uri": f"{self.base}/jwks",
            "end_session_endpoint": f"{self.base}/session/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "acr_values_supported": [ACR],
            "id_token_signing_alg_values_supported": ["RS256"],
            "userinfo_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def userinfo(self, claims: Claims) -> str:
        """What is said of somebody, signed as the real one signs it."""
        now = int(time.time())
        told = claims | {"iss": self.base, "aud": self.client_id, "iat": now, "exp": now + LASTS}
        return jwt.encode(
            told, self.forger or self.key, algorithm="RS256", headers={"kid": self.kid}
        )


def text_of(told: Mapping[str, str]) -> str:
    """The claims of somebody as the text that names them; empty ones are left out, but the town's."""
    kept = {name: told.get(name, "").strip() for name in (*TRAITS, "gender", "birthcountry")}
    if not kept["birthcountry"]:
        kept["birthcountry"] = "99100"
    if kept["birthplace"].startswith("99"):
        kept["birthcountry"], kept["birthplace"] = kept["birthplace"], ""
    wanted = {
        name: value for name, value in kept.items() if value or name in ("birthplace", "gender")
    }
    return json.dumps(wanted, sort_keys=True, ensure_ascii=False)


class Handler(identity_provider.Handler):
    """The two stand-ins, on one address."""

    citizens: Citizens

    def do_GET(self) -> None:  # noqa: N802  the server calls it so
        parts = urlsplit(self.path)
        if not parts.path.startswith(PATH):
            super().do_GET()
            return
        asked = first_values(parts.query)
        match parts.path.removeprefix(PATH):
            case "/.well-known/openid-configuration":
                self.json(self.citizens.discovery())
            case "/jwks":
                self.json(self.citizens.certs())
            case "/authorize":
                self._ask(asked)
            case "/userinfo":
                self._tell()
            case "/session/end":
                self._end(asked)
            case _:
                self.json({"error": "not_found"}, 404)

    def do_POST(self) -> None:  # noqa: N802  the server calls it so
        if not self.path.startswith(PATH):
            super().do_POST()
        elif self.path == f"{PATH}/token":
            answer = self.citizens.tokens_for(self.form())
            self.json(answer or {"error": "invalid_grant"}, 200 if answer else 400)
        elif self.path == f"{PATH}/authorize":
            self._chosen(self.form())
        else:
            self.json({"error": "not_found"}, 404)

    def _ask(self, asked: Mapping[str, str]) -> None:
        fault = _fault(asked, self.citizens.client_id)
        if fault:
            self.html(page("Demande refusée", f"<p>{fault}</p>", MARK), 400)
            return
        number = self.citizens.sessions.get(self.cookie(COOKIE))
        if number:
            self._return(number, asked)
            return
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in asked.items()
        )
        buttons = "".join(_button(one) for one in self.citizens.people)
        fields = "".join(
            f'<label>{label}<br><input name="{name}"></label>' for name, label in TRAITS.items()
        )
        sex = (
            '<label>Sexe<br><select name="gender"><option value="female">Féminin</option>'
            '<option value="male">Masculin</option></select></label>'
        )
        body = (
            "<p>Aucun mot de passe ici : choisissez qui vous êtes. Toutes ces personnes sont inventées.</p>"
            f'<form method="post" action="{PATH}/authorize">{hidden}{buttons}</form>'
            f'<h2>Quelqu’un d’autre</h2><form method="post" action="{PATH}/authorize">{hidden}{fields}{sex}'
            "<button>Continuer sous cette identité</button></form>"
        )
        self.html(page("FranceConnect de démonstration", body, MARK))

    def _chosen(self, form: dict[str, str]) -> None:
        number = form.pop("number", "") or text_of(form)
        claims = self.citizens.claims_of(number)
        if claims is None or not claims.get("family_name") or not claims.get("given_name"):
            self.html(page("Demande refusée", "<p>Il faut un nom et un prénom.</p>", MARK), 400)
            return
        key = secrets.token_urlsafe(24)
        self.citizens.sessions[key] = number
        self._return(number, form, f"{COOKIE}={key}; Path=/; HttpOnly; SameSite=Lax")

    def _return(self, number: str, asked: Mapping[str, str], cookie: str = "") -> None:
        answer = {
            "code": self.citizens.code_for(number, asked),
            "state": asked.get("state", ""),
            "iss": self.citizens.base,
        }
        self.go(f"{asked['redirect_uri']}?{urlencode(answer)}", cookie)

    def _tell(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        claims = self.citizens.tokens.get(token)
        if claims is None:
            self.json({"error": "invalid_token"}, 401)
        elif self.citizens.is_plain:
            self.json(claims)
        else:
            self.answer(self.citizens.userinfo(claims).encode(), "application/jwt; charset=utf-8")

    def _end(self, asked: Mapping[str, str]) -> None:
        self.citizens.sessions.pop(self.cookie(COOKIE), None)
        cleared = f"{COOKIE}=; Path=/; Max-Age=0"
        if {"id_token_hint", "post_logout_redirect_uri", "state"} <= asked.keys():
            back = f"{asked['post_logout_redirect_uri']}?{urlencode({'state': asked['state']})}"
            self.go(back, cleared)
        else:
            self.html(page("Vous êtes déconnecté", "<p>Votre session est fermée.</p>", MARK))


def _fault(asked: Mapping[str, str], client_id: str) -> str:
    """What the real one would refuse."""
    if asked.get("client_id") != client_id or "redirect_uri" not in asked:
        return "Cette application n’est pas connue."
    if asked.get("acr_values") != ACR or "openid" not in asked.get("scope", "").split():
        return "Il manque <code>acr_values=eidas1</code> ou <code>openid</code>."
    if any(len(asked.get(name, "")) < LEAST for name in ("state", "nonce")):
        return "<code>state</code> et <code>nonce</code> ont 22 signes au moins."
    return ""


def _button(one: Claims) -> str:
    told = {name: value for name, value in one.items() if name != "note"}
    name = f"{told['given_name'].split(' ')[0]} {(told.get('preferred_username') or told['family_name']).upper()}"
    return (
        f'<button name="number" value="{html.escape(text_of(told))}"><b>{html.escape(name)}</b>'
        f"<small>{html.escape(str(one.get('note', '')))}</small></button>"
    )


def serve(provider: Provider, citizens: Citizens, host: str, port: int) -> ThreadingHTTPServer:
    """A server of both ready to run; `serve_forever` is the caller's."""
    return server_of(Handler, host, port, provider=provider, citizens=citizens)
