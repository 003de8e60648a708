"""An application as an ordinary one is written: Authlib's client, and a browser made of a cookie jar."""

import re
import ssl
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet

PASSWORD = "une phrase assez longue"
BACK = "https://application.example/retour"
GONE = "https://application.example/au-revoir"

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nobody speaks TLS here; reading the machine's authorities for each call would cost more than the call."""

OPENED: list[OAuth2Client] = []


def close_all() -> None:
    """Close what the applications of a test opened."""
    while OPENED:
        OPENED.pop().close()


class Browser:
    """Somebody's browser: it signs in by our page, agrees, and stops where an application begins."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, follow_redirects=False, verify=PLAIN)

    def sign_in(self, login: str, path: str = "/") -> httpx.Response:
        self.http.get("/compte/login/")
        return self.post("/compte/login/", {"login": login, "password": PASSWORD, "next": path})

    def post(self, path: str, data: dict[str, Any]) -> httpx.Response:
        token = self.http.cookies["csrftoken"]
        headers = {"X-CSRFToken": token, "Referer": f"{self.url}/"}
        return self.http.post(path, data=data, headers=headers)

    def go(self, address: str, *, agrees: bool = True) -> str:
        """Where an address of ours leads in the end; a page of consent is answered."""
        answer = self.http.get(address)
        if answer.status_code == 200 and 'name="request"' in answer.text:
            signed = unescape(re.search(r'name="request" value="([^"]+)"', answer.text)[1])  # type: ignore[index]
            scopes = [
                unescape(one) for one in re.findall(r'name="scopes" value="([^"]+)"', answer.text)
            ]
            action = "grant" if agrees else "deny"
            answer = self.post(address, {"request": signed, "scopes": scopes, "action": action})
        return onward(answer)

    def close(self) -> None:
        self.http.close()


def onward(answer: httpx.Response) -> str:
    """The address that an answer leads to, by a redirection or by our page in between; "" for none."""
    if answer.status_code == 302:
        return answer.headers["Location"]
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
    return unescape(found[1]) if found else ""


@dataclass
class Application:
    """A client of the provider, by discovery alone."""

    url: str
    client_id: str
    secret: str = ""
    redirect_uri: str = BACK
    scope: str = "openid profile"

    def __post_init__(self) -> None:
        self.about = httpx.get(f"{self.url}/.well-known/openid-configuration", verify=PLAIN).json()
        method = "client_secret_basic" if self.secret else "none"
        self.client = OAuth2Client(
            self.client_id, self.secret or None, token_endpoint_auth_method=method,
            redirect_uri=self.redirect_uri, scope=self.scope, code_challenge_method="S256", verify=PLAIN,
        )  # fmt: skip
        OPENED.append(self.client)

    def ask(self, **more: Any) -> str:
        """The address to send a browser to; the verifier and the nonce stay here."""
        self.verifier, self.nonce = generate_token(48), generate_token(20)
        address, self.state = self.client.create_authorization_url(
            self.about["authorization_endpoint"],
            code_verifier=self.verifier,
            nonce=self.nonce,
            **more,
        )
        return str(address)

    def fetch(self, back: str, **more: Any) -> dict[str, Any]:
        """The tokens for the answer that came back."""
        given = {"code_verifier": self.verifier, "state": self.state} | more
        return dict(
            self.client.fetch_token(
                self.about["token_endpoint"], authorization_response=back, **given
            )
        )

    def claims(self, id_token: str) -> dict[str, Any]:
        """The claims of an ID token, its signature checked against the published keys."""
        keys = KeySet.import_key_set(httpx.get(self.about["jwks_uri"], verify=PLAIN).json())
        found = jwt.decode(id_token, keys, algorithms=["RS256"])
        registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.about["issuer"]},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
        )
        registry.validate(found.claims)
        return dict(found.claims)

    def post(self, endpoint: str, **data: Any) -> httpx.Response:
        """A call of the application itself, with its secret."""
        auth = (self.client_id, self.secret) if self.secret else None
        given = data if self.secret else data | {"client_id": self.client_id}
        return httpx.post(self.about[endpoint], data=given, auth=auth, verify=PLAIN)


def asked(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
