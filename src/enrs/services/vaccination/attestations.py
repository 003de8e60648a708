"""The attestation of a dose on paper, and the code by which anybody checks it.

The code is the address of a public page followed by the attestation's identifier and a keyed check of it: it names
nobody. Whoever checks types the name, the birth date and the day that stand on the paper in their hand; the page
compares a keyed digest of them with the one that was kept, and says yes or no.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import typst
import zxingcpp
from django.conf import settings
from django.urls import reverse

from enrs.core.moments import legal_day
from enrs.core.ui import filters
from enrs.core.ui.shapes import SEXES
from enrs.referentials.directory.rules import name_key
from enrs.referentials.identity import queries as identity
from enrs.referentials.identity.models import RegionalIdentity
from enrs.services.vaccination.models import Act, Attestation

SHEET = Path(__file__).parent / "attestation.typ"
CHECK_BYTES = 12
"""96 bits of HMAC: nobody makes an address that the page takes for ours."""


def content_of(act: Act, who: RegionalIdentity) -> dict[str, Any]:
    """What the paper says, as words: kept, so that it is printed the same each time."""
    facts = [
        ["Vaccin", act.vaccine_name],
        ["Maladie", act.vaccine_disease],
        ["Date", f"{legal_day(act.given_at):%d/%m/%Y}"],
        ["Dose", str(act.dose_rank)],
        ["Lot", act.lot],
        ["Péremption", filters.date_fr(act.expires_on)],
        ["Site et voie", f"{act.get_site_display()}, {act.get_route_display().lower()}"],
        ["Vacciné par", ", ".join(one for one in (act.author_name, act.author_label) if one)],
        ["Lieu", act.organisation_name or "Non précisé"],
        ["Prescrit par", prescriber_of(act)],
    ]
    banner = identity.banner_of(who)
    born = "/".join(reversed(who.birth_date.split("-"))) or "date inconnue"
    return {
        "who": filters.person_name(banner),
        "born": f"Naissance : {born} · {SEXES.get(who.sex, '')}".rstrip(" ·"),
        "ins": filters.ins_display(who.ins) if who.status == "qualified" and who.ins else "",
        "facts": facts,
    }


def prescriber_of(act: Act) -> str:
    """Who prescribed a dose: here, or on paper."""
    if act.prescription is not None:
        return act.prescription.author_name
    if act.prescribed_on:
        return f"{act.prescriber_name}, le {filters.date_fr(act.prescribed_on)}"
    return act.prescriber_name or "Non précisé"


def pdf(paper: Attestation) -> bytes:
    """The attestation as a PDF; what people wrote goes in as data, never as markup."""
    address = check_address(paper.pk)
    drawn = zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode)
    data = paper.content | {
        "region": settings.REGION.name,
        "made": f"Faite le {filters.date_fr(paper.made_at)} par {paper.author_name}",
        "address": address,
        "code": str(zxingcpp.write_barcode_to_svg(drawn, add_quiet_zones=True)),
    }
    return bytes(typst.compile(SHEET.read_bytes(), sys_inputs={"data": json.dumps(data)}))


def check_address(attestation_id: UUID) -> str:
    """The public address that the code holds."""
    path = reverse("vaccination:check", args=[token_of(attestation_id)])
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def token_of(attestation_id: UUID) -> str:
    """An identifier with its keyed check, in 38 characters of base64url."""
    return urlsafe_b64encode(attestation_id.bytes + _check(attestation_id)).decode().rstrip("=")


def attestation_of_token(token: str) -> UUID | None:
    """The identifier of an address that we made; None for another."""
    if len(token) != 38 or not token.isascii():
        return None
    try:
        given = urlsafe_b64decode(token + "==")
    except ValueError:
        return None
    if len(given) != 16 + CHECK_BYTES:
        return None
    found = UUID(bytes=given[:16])
    return found if hmac.compare_digest(given[16:], _check(found)) else None


def digest(birth_name: str, birth_date: str, given_on: date) -> str:
    """The keyed digest of what a stranger reads on the paper; names as keys (no accents, no case)."""
    text = "\x1f".join([name_key(birth_name), birth_date, given_on.isoformat()])
    return hmac.new(_key("digest"), text.encode(), sha256).hexdigest()


def says(kept: str, birth_name: str, birth_date: str, given_on: date) -> bool:
    """Whether a kept digest is of these traits."""
    return hmac.compare_digest(kept, digest(birth_name, birth_date, given_on))


def _check(attestation_id: UUID) -> bytes:
    return hmac.new(_key("address"), attestation_id.bytes, sha256).digest()[:CHECK_BYTES]


def _key(purpose: str) -> bytes:
    """A key of its own for each purpose, from the installation's secret."""
    return sha256(f"vaccination.{purpose}:{settings.SECRET_KEY}".encode()).digest()
