"""What partners ask on the listener: whose a number is (PIX, ITI-9) and who has these traits (PDQ, ITI-21).

A question makes nobody. Who is told what: a partner of right `own` gets, of the patients whom it knows by a
number of its own, their traits, its numbers, the INS and the regional number; of anybody else the regional
number alone. Right `all` (a service of the region) gets everything. The journal names whoever was told.
"""

import hashlib
import os
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.utils.timezone import get_default_timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.sealing import cipher
from enrs.formats.hl7v2 import Hl7Error, Query, acknowledge, parse, read_query
from enrs.formats.hl7v2 import people as pid_writer
from enrs.formats.hl7v2.datatypes import Identifier, authority_system
from enrs.formats.hl7v2.errors import AckCode
from enrs.formats.hl7v2.header import Header
from enrs.formats.hl7v2.queries import MOST_AT_ONCE, Domain
from enrs.formats.hl7v2.writer import field as written
from enrs.formats.hl7v2.writer import respond, segment
from enrs.formats.ins import INS_NIA_OID, ins_oid_kind
from enrs.interop.gateway.desk import QuestionRefusedError, short_id
from enrs.interop.gateway.models import Partner
from enrs.interop.gateway.reading import Incoming
from enrs.interop.gateway.writer import FOREIGN, SUSPENDED, UNKNOWN
from enrs.referentials.identity import rules
from enrs.referentials.identity.queries import pix as numbers

PER_MINUTE = int(os.environ.get("ENRS_QUESTIONS_PER_MINUTE", "600"))
"""Questions of one partner in a minute: ten a second, more than admission desks ask."""

POINTER_SECONDS = 600
KINDS = {"Q22": ("RSP", "K22", "RSP_K21"), "Q23": ("RSP", "K23", "RSP_K23")}
STATUS_CODES = {
    "qualified": "VALI",
    "validated": "VALI",
    "retrieved": "PROV",
    "provisional": "PROV",
}
NOT_ALLOWED = "Cet émetteur n'est pas autorisé à interroger les identités : la plateforme régionale peut le permettre."
TOO_MANY = "Trop de questions en une minute : attendez avant de recommencer."
NOT_ENOUGH = "La recherche veut une INS, un numéro avec son domaine, ou un nom et une date de naissance complète."
TOO_WIDE = "Trop de personnes répondent à ces critères : ajoutez le prénom ou le sexe."


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the domains that are its own, and whether it is a service of the whole region."""

    name: str
    sender: str
    domains: frozenset[str]
    is_regional: bool

    def may_see(self, system: str) -> bool:
        """Whether numbers of this domain may be told to it."""
        is_common = system == settings.REGION.identity_domain or ins_oid_kind(system) is not None
        return self.is_regional or is_common or system in self.domains

    def has_number(self, crossing: numbers.Crossing) -> bool:
        """Whether the patient has a number of its own, or it is told of everybody."""
        return self.is_regional or bool(crossing.in_domains(self.domains))

    def knows(self, crossing: numbers.Crossing) -> bool:
        """Whether it may be told more than its own numbers: traits, and the INS.

        Not while a likeness alone ties these identities: what one hospital wrote would go to another because
        two people resemble each other, or because somebody had them do so.
        """
        is_tied = self.is_regional or not crossing.is_by_likeness
        return is_tied and self.has_number(crossing)


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer: patients as PID lines, in `told` by id; `total` and `left` count people (PDQ)."""

    status: str
    errors: tuple[Hl7Error, ...] = ()
    lines: tuple[str, ...] = ()
    told: tuple[UUID, ...] = ()
    total: int = 0
    left: int = 0
    pointer: str = ""


class Pace:
    """Counts each partner's questions in the present minute; shared by the desk's threads."""

    def __init__(self, most: int) -> None:
        """Take how many are answered."""
        self.most = most
        self._lock = threading.Lock()
        self._minute, self._counts = -1, dict[str, int]()

    def allows(self, sender: str) -> bool:
        """Count one more question; False when there are too many."""
        minute = int(time.monotonic() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            self._counts[sender] = self._counts.get(sender, 0) + 1
            return self._counts[sender] <= self.most


pace = Pace(PER_MINUTE)


def answer(incoming: Incoming, certificate: str) -> bytes:
    """The answer to a question, unframed.

    Raises QuestionRefusedError when its sender may not ask.
    """
    partner = _partner(incoming.sender, certificate)
    header, control_id = incoming.header, short_id(uuid7())
    now = datetime.now(get_default_timezone())
    if header.message_code == "QCN":
        # Pages are followed by sealed pointers: there is nothing to forget.
        return acknowledge(header, control_id=control_id, at=now)
    query = read_query(parse(incoming.body))
    asker = asker_of(partner)
    with acting(replace(SYSTEM, name=partner.name)), act():
        reply = _reply(query, asker, header)
        note(
            "identity.pix.asked" if query.trigger == "Q23" else "identity.pdq.asked",
            patient_ids=reply.told,
            object_kind="partner",
            object_id=partner.id,
            outcome="refused" if reply.errors else "done",
            reason=reply.errors[0].where if reply.errors else "",
            details={"status": reply.status, "found": len(reply.told)},
        )
    return _written(query, reply, header, control_id, now)


def _partner(sender: str, certificate: str) -> Partner:
    partner = Partner.objects.filter(sender=sender).first()
    if partner is None:
        raise QuestionRefusedError(NOT_ALLOWED)
    if not partner.is_active:
        raise QuestionRefusedError(SUSPENDED if partner.version > 1 else UNKNOWN)
    is_anybody = settings.MODE == "production" and not partner.certificate_name
    if is_anybody or partner.certificate_name not in ("", certificate):
        # A name in MSH-3 proves nothing: who may ask shows a certificate of their own.
        raise QuestionRefusedError(FOREIGN)
    if partner.asking not in (Partner.Asking.OWN, Partner.Asking.ALL):
        raise QuestionRefusedError(NOT_ALLOWED)
    return partner


def asker_of(partner: Partner, *, more: str = "") -> Asker:
    """What a partner may be told; `more` is a domain of its own besides those that its page gives."""
    own = {
        partner.trusted_identity_system,
        f"urn:finess:{partner.finess}" if partner.finess else "",
        more,
    }
    is_regional = partner.asking == Partner.Asking.ALL
    return Asker(partner.name, partner.sender, frozenset(own - {""}), is_regional)


def _reply(query: Query, asker: Asker, header: Header) -> Reply:
    if not pace.allows(asker.sender):
        return Reply("AE", (Hl7Error(207, "MSH", TOO_MANY),))
    try:
        return (
            _cross(query, asker, header) if query.trigger == "Q23" else _find(query, asker, header)
        )
    except Hl7Error as error:
        return Reply("AE", (error,))


# --- PIX ------------------------------------------------------------------------------------------


def _cross(query: Query, asker: Asker, header: Header) -> Reply:
    """The other numbers of whoever has this one (IHE ITI TF-2, 3.9.4.2.2: its cases and their codes)."""
    person = query.person
    assert person is not None  # noqa: S101 - `read_query` made sure of it
    if not asker.may_see(person.system) or not numbers.is_domain(person.system):
        text = "Le domaine du numéro (QPD-3.4) est inconnu ici, ou n'est pas celui de votre établissement."
        return Reply("AE", (Hl7Error(204, "QPD-3.4", text),))
    if faults := _unknown_domains(query.domains, 4, asker):
        return Reply("AE", faults)
    patient_id = numbers.patient_of_number(person.system, person.value)
    found = numbers.crossings([patient_id]) if patient_id else []
    if not found:
        text = "Ce numéro (QPD-3.1) n'est connu de personne dans son domaine."
        return Reply("AE", (Hl7Error(204, "QPD-3.1", text, application_code=902),))
    wanted = [one.system for one in query.domains]
    is_own = person.system in asker.domains
    told = identifiers_for(found[0], asker, wanted, is_own_question=is_own)
    if not query.domains:
        told = [one for one in told if (one.system, one.value) != (person.system, person.value)]
    if not told:
        return Reply("NF")
    line = pid_writer.pid(told, delimiters=header.delimiters)
    return Reply("OK", lines=(line,), told=(found[0].patient_id,))


def _unknown_domains(domains: Sequence[Domain], place: int, asker: Asker) -> tuple[Hl7Error, ...]:
    text = f"Ce domaine (QPD-{place}) est inconnu ici, ou n'est pas ouvert à votre établissement."
    return tuple(
        Hl7Error(204, f"QPD-{place}", text, repetition=one.place)
        for one in domains
        if not asker.may_see(one.system) or not numbers.is_domain(one.system)
    )


def identifiers_for(
    crossing: numbers.Crossing,
    asker: Asker,
    wanted: Collection[str] = (),
    *,
    is_own_question: bool = True,
) -> list[Identifier]:
    """The numbers of a patient that an asker may be told, of the domains wanted (all of them without any).

    Who asks by another number than their own (`is_own_question`) of somebody tied to their patient by a likeness
    alone is not told that it is their patient: they would make of the likeness what they then tell us.
    """
    region = settings.REGION.identity_domain
    found = [Identifier(region, str(crossing.patient_id), "RRI")]
    if not is_own_question and not asker.knows(crossing):
        return [one for one in found if not wanted or one.system in wanted]
    shown = crossing.numbers if asker.is_regional else crossing.in_domains(asker.domains)
    found += [Identifier(system, value, "PI") for system, value in shown]
    if crossing.ins is not None and asker.knows(crossing):
        system, value = crossing.ins
        kind = "NIA" if system.endswith(INS_NIA_OID) else "NIR"
        found.append(Identifier(system, value, "INS", f"ASIP-SANTE-INS-{kind}"))
    return [one for one in found if not wanted or one.system in wanted]


# --- PDQ ------------------------------------------------------------------------------------------


def _find(query: Query, asker: Asker, header: Header) -> Reply:
    """Who has these traits, page by page; nobody is made (IHE ITI TF-2, 3.21.4.2.2)."""
    if faults := _unknown_domains(query.domains, 8, asker):
        return Reply("AE", faults)
    ids = _candidates(query.criteria, asker)
    if len(ids) > numbers.MOST_FOUND:
        return Reply("AE", (Hl7Error(207, "QPD-3", TOO_WIDE),))
    total, last = len(ids), _opened(query, asker) if query.pointer else None
    rest = [one for one in ids if last is None or one > last]
    limit = query.limit or MOST_AT_ONCE
    page = numbers.crossings(rest[:limit])
    if not page:
        return Reply("NF")
    systems = [one.system for one in query.domains]
    is_own = _asked_system(query.criteria) in asker.domains
    lines = [
        pid_writer.pid(
            identifiers_for(one, asker, systems, is_own_question=is_own),
            _person(one) if asker.knows(one) else None,
            rank=rank, delimiters=header.delimiters,
        )
        for rank, one in enumerate(page, start=1)
    ]  # fmt: skip
    left = max(len(rest) - limit, 0)
    pointer = _sealed(query, asker, rest[limit - 1]) if left else ""
    told = tuple(one.patient_id for one in page)
    return Reply("OK", lines=tuple(lines), told=told, total=total, left=left, pointer=pointer)


def _asked_system(criteria: dict[str, str]) -> str:
    """The domain of the number that is asked by, if one is."""
    authority, universal = criteria.get("authority", ""), criteria.get("authority_id", "")
    is_named = criteria.get("number") and (authority or universal)
    return authority_system(authority, universal) if is_named else ""


def _candidates(criteria: dict[str, str], asker: Asker) -> list[UUID]:
    wanted = numbers.Wanted(
        **{name: criteria.get(name, "") for name in (
            "family", "birth_date", "given", "sex", "city", "postal_code")}
    )  # fmt: skip
    if number := criteria.get("number"):
        system = _asked_system(criteria)
        if not system:
            raise Hl7Error(101, "QPD-3", "Le numéro (@PID.3.1) est sans domaine (@PID.3.4.2).")
        if not asker.may_see(system):
            text = "Le domaine du numéro (@PID.3.4) n'est pas celui de votre établissement."
            raise Hl7Error(204, "QPD-3", text)
        patient_id = numbers.patient_of_number(system, number.replace(" ", ""))
        found = numbers.crossings([patient_id]) if patient_id else []
        # Of somebody whom it does not know, the asker guesses nothing by adding a name or a date.
        is_bare = not (wanted.family or wanted.birth_date)
        return [
            one.patient_id
            for one in found
            if (_agrees(one.traits, wanted) if asker.knows(one) else is_bare)
        ]
    if not wanted.is_enough:
        raise Hl7Error(101, "QPD-3", NOT_ENOUGH)
    if asker.is_regional or not (wanted.city or wanted.postal_code):
        return numbers.patients_like(wanted)
    near = numbers.patients_like(replace(wanted, city="", postal_code=""))
    return [
        one.patient_id
        for one in numbers.crossings(near)
        if not asker.knows(one) or _lives_there(one.traits, wanted)
    ]


def _lives_there(traits: rules.Traits, wanted: numbers.Wanted) -> bool:
    """Whether the address is the one asked: of a stranger it is not looked at, or it could be guessed."""
    is_near = wanted.postal_code.strip() in ("", traits.postal_code)
    return is_near and rules.plain(wanted.city) in ("", rules.plain(traits.city))


def _agrees(traits: rules.Traits, wanted: numbers.Wanted) -> bool:
    """Whether whoever has the number also has the name and the birth date that were asked with it."""
    names = {rules.name_key(traits.birth_name), rules.name_key(traits.used_name)}
    is_named = not wanted.family or rules.name_key(wanted.family) in names
    return is_named and wanted.birth_date in ("", traits.birth_date)


def _person(crossing: numbers.Crossing) -> pid_writer.Person:
    traits = crossing.traits
    names = (
        "birth_name", "first_given_name", "given_names", "used_name", "used_given_name", "birth_date", "sex",
        "birth_place_code", "address", "city", "postal_code", "phone",
    )  # fmt: skip
    status = STATUS_CODES[rules.shown_status(traits.status, crossing.attribute)]
    return pid_writer.Person(**{name: getattr(traits, name) for name in names}, status=status)


def _sealed(query: Query, asker: Asker, last: UUID) -> str:
    """Where the next page begins, for this asker and this question alone."""
    return cipher("identity.pdq").encrypt(last.bytes + _mark(query, asker)).decode()


def _opened(query: Query, asker: Asker) -> UUID:
    try:
        content = cipher("identity.pdq").decrypt(query.pointer.encode(), ttl=POINTER_SECONDS)
    except (InvalidToken, ValueError):
        content = b""
    if content[16:] != _mark(query, asker) or len(content) < 17:
        text = "Ce pointeur de suite (DSC-1) a plus de dix minutes, ou n'est pas celui de cette recherche."
        raise Hl7Error(102, "DSC-1", text)
    return UUID(bytes=content[:16])


def _mark(query: Query, asker: Asker) -> bytes:
    asked = sorted(query.criteria.items()) + [(one.system, "") for one in query.domains]
    return hashlib.blake2b(repr((asker.sender, asked)).encode(), digest_size=12).digest()


# --- on the wire ----------------------------------------------------------------------------------


def _written(query: Query, reply: Reply, header: Header, control_id: str, at: datetime) -> bytes:
    marks = header.delimiters
    code: AckCode = "AE" if reply.errors else "AA"
    name = query.qpd.split(marks.field)[1]
    counts = [str(reply.total), str(reply.total and len(reply.lines)), str(reply.left)]
    qak = segment(
        "QAK", written(query.tag, marks), reply.status, name,
        *(counts if query.trigger == "Q22" else ()), delimiters=marks,
    )  # fmt: skip
    lines = [qak, query.qpd, *reply.lines]
    if reply.pointer:
        lines.append(segment("DSC", written(reply.pointer, marks), "I", delimiters=marks))
    return respond(
        header, KINDS[query.trigger], code, reply.errors, lines, control_id=control_id, at=at
    )
