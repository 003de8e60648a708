"""What is printed: the letter that brings a code, the sheet that is given at a desk."""

import json
from pathlib import Path

import typst
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from enrs.core.ui import filters
from enrs.services.portal import rules
from enrs.services.portal.models import Enrolment, Invitation, LocalPerson

PAPER = Path(__file__).parent / "paper.typ"


def letter(enrolment: Enrolment, code: str) -> bytes:
    """The letter to somebody's place of work."""
    return _pdf(
        to=[enrolment.name, enrolment.organisation_name, *enrolment.address.split(", ")],
        subject="votre code pour ouvrir votre compte",
        number=enrolment.number,
        code=code,
        good_for="quinze jours",
        ending="Si vous n’avez rien demandé, prévenez-nous et détruisez ce courrier : sans lui, personne "
        "n’ouvre de compte à votre nom.",
    )


def local_sheet(person: LocalPerson, code: str) -> bytes:
    """The sheet that a referent hands to somebody of the local register."""
    return _pdf(
        to=[str(person), person.organisation_name],
        subject="votre code pour ouvrir votre compte",
        number=person.number,
        code=code,
        good_for="quinze jours",
        ending="Gardez cette feuille pour vous, et détruisez-la quand votre compte est ouvert.",
    )


def invitation_sheet(invited: Invitation, code: str) -> bytes:
    """The sheet that a desk hands to a patient or a relative: nothing on it says of whose record."""
    return _pdf(
        to=[str(invited), invited.organisation_name],
        subject="votre code pour ouvrir votre compte",
        number=invited.number,
        code=code,
        good_for="quinze jours",
        ending="Gardez cette feuille pour vous, et détruisez-la quand votre compte est ouvert.",
    )


def _pdf(
    *, to: list[str], subject: str, number: str, code: str, good_for: str, ending: str
) -> bytes:
    """One page; what people wrote goes in as data, never as markup."""
    data = {
        "region": settings.REGION.name,
        "contact": settings.REGION.contact,
        "to": [line for line in to if line],
        "day": filters.date_fr(timezone.now()),
        "subject": subject,
        "address": settings.PUBLIC_URL + reverse("portal:resume"),
        "number": number,
        "code": rules.grouped(code),
        "good_for": good_for,
        "ending": ending,
    }
    return bytes(typst.compile(PAPER.read_bytes(), sys_inputs={"data": json.dumps(data)}))
