"""What a logout token of another identity provider is worth (pure).

Source: OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TYPES = ("logout+jwt", "jwt", "")
"""The type that the standard recommends, and what providers of before it write."""
FRESH = 300
"""Seconds after which a token is no news: the sessions that it names are others by now."""
SKEW = 60
"""Seconds by which two clocks may differ."""
FAR = 2**40
"""No second of a date: what is not a number, or has no end, is none either."""
MOST = 255
"""Signs of a `sid`, a `sub` or a `jti`, as we keep them."""


class LogoutRefusedError(ValueError):
    """The token is not taken; the message is a code for the journal, never for the answer."""


@dataclass(frozen=True, slots=True)
class Logout:
    """What ended there: a session (`sid`), every session of somebody (`subject`), or theirs of that `sid`."""

    sid: str
    subject: str
    jti: str
    until: int


def check_shape(header: Mapping[str, Any], algorithms: tuple[str, ...]) -> None:
    """Refuse, before any key is looked for, what no provider signs so (LogoutRefusedError).

    An ID token has another type, or none, and is told apart by its claims.
    """
    if header.get("alg") not in algorithms:
        raise LogoutRefusedError("algorithm")
    if str(header.get("typ") or "").lower() not in TYPES:
        raise LogoutRefusedError("type")


def logout_of(claims: Mapping[str, Any], *, now: int) -> Logout:
    """What a token says whose signature, issuer and audience are checked; `now` in Unix seconds.

    Raises:
        LogoutRefusedError: a claim is missing or odd, or it is an ID token (`nonce`).
    """
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(EVENT), Mapping):
        raise LogoutRefusedError("events")
    if "nonce" in claims:
        raise LogoutRefusedError("nonce")
    issued = _second(claims, "iat")
    if not now - FRESH <= issued <= now + SKEW:
        raise LogoutRefusedError("iat")
    if claims.get("exp") is not None and _second(claims, "exp") < now - SKEW:
        raise LogoutRefusedError("exp")
    found = {name: _text(claims, name) for name in ("sid", "sub", "jti")}
    if not found["jti"]:
        raise LogoutRefusedError("jti")
    if not found["sid"] and not found["sub"]:
        raise LogoutRefusedError("nobody")
    return Logout(found["sid"], found["sub"], found["jti"], issued + FRESH + SKEW)


def _second(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < FAR:
        raise LogoutRefusedError(name)
    return int(value)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str) or len(value) > MOST or "\0" in value:
        raise LogoutRefusedError(name)
    return value
