"""Reads the questions that partners ask: PIX (QBP^Q23) and PDQ (QBP^Q22), and their end (QCN^J01).

Source: IHE ITI TF-2, 3.9 (ITI-9) and 3.21 (ITI-21); HL7 v2.5 chapter 5.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from enrs.formats.hl7v2.datatypes import Identifier, read_identifier, read_partial_date
from enrs.formats.hl7v2.errors import Hl7Error
from enrs.formats.hl7v2.parser import Message, Segment

QUERIES: dict[tuple[str, str], str] = {
    ("QBP", "Q22"): "Recherche par traits (PDQ)",
    ("QBP", "Q23"): "Correspondance de numéros (PIX)",
    ("QCN", "J01"): "Fin d'une recherche par pages",
}
"""(message code, event): what is asked, in French."""

CRITERIA: dict[str, str] = {
    "PID.3": "number", "PID.3.1": "number", "PID.3.4": "authority", "PID.3.4.1": "authority",
    "PID.3.4.2": "authority_id", "PID.3.4.3": "", "PID.3.5": "",
    "PID.5": "family", "PID.5.1": "family", "PID.5.1.1": "family", "PID.5.2": "given", "PID.5.7": "",
    "PID.7": "birth_date", "PID.7.1": "birth_date", "PID.8": "sex",
    "PID.11.3": "city", "PID.11.5": "postal_code", "PID.11.6": "",
}  # fmt: skip
"""Fields of a PDQ question and what they mean here; those without meaning are read and left alone."""

MOST_AT_ONCE = 100
"""People in one answer, whatever RCP-2 asks."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain asked for (QPD-4 or QPD-8): `place` is its rank in the field, from 1."""

    system: str
    place: int


@dataclass(frozen=True, slots=True)
class Query:
    """A PIX or PDQ question.

    `person` is QPD-3 of a PIX question. `criteria` are the traits of a PDQ question, by the names of
    `CRITERIA`; a full `birth_date` is ISO. `limit` is RCP-2 (None without one), `pointer` DSC-1.
    """

    trigger: str
    name: str
    tag: str
    qpd: str
    person: Identifier | None = None
    criteria: dict[str, str] = field(default_factory=dict)
    domains: tuple[Domain, ...] = ()
    limit: int | None = None
    pointer: str = ""


def read_query(message: Message) -> Query:
    """Read a QBP^Q22 or QBP^Q23; `qpd` is its QPD as it came, which an answer repeats.

    Raises Hl7Error: 100 or 101 on what is missing, 102 or 103 on what cannot be read.
    """
    qpd = message.first("QPD")
    if qpd is None:
        raise Hl7Error(100, "QPD", "Le segment QPD (ce qui est demandé) manque.")
    trigger = message.header.component(9, 2)
    for place, what in ((1, "Le nom de la question"), (2, "L'étiquette de la question")):
        if not qpd.component(place):
            raise Hl7Error(101, f"QPD-{place}", f"{what} (QPD-{place}) manque.")
    if not qpd[3]:
        raise Hl7Error(101, "QPD-3", "Ce qui est cherché (QPD-3) manque.")
    is_pix = trigger == "Q23"
    dsc = message.first("DSC")
    return Query(
        trigger=trigger,
        name=qpd.component(1),
        tag=qpd.component(2),
        qpd=qpd.line,
        person=_person(qpd) if is_pix else None,
        criteria={} if is_pix else _criteria(qpd),
        domains=_domains(qpd, 4 if is_pix else 8),
        limit=_limit(message.first("RCP")),
        pointer=dsc.component(1) if dsc is not None else "",
    )


def _person(qpd: Segment) -> Identifier:
    person = read_identifier(qpd, qpd.rep(3)[0])
    if not person.value:
        raise Hl7Error(101, "QPD-3.1", "Le numéro cherché (QPD-3.1) manque.")
    if not qpd.component(3, 4) and not qpd.component(3, 4, 2):
        raise Hl7Error(101, "QPD-3.4", "Le domaine du numéro cherché (QPD-3.4) manque.")
    return person


def _criteria(qpd: Segment) -> dict[str, str]:
    """Read QPD-3 of a PDQ: `@PID.5.1^DUBREUIL~@PID.7^19850712`."""
    found: dict[str, str] = {}
    for rank, raw in enumerate(qpd.rep(3), start=1):
        name, value = qpd.part(raw, 1).strip().removeprefix("@"), qpd.part(raw, 2).strip()
        if name not in CRITERIA:
            text = (
                f"Le critère « {name[:20]} » (QPD-3) n'est pas traité : voir la page du partenaire."
            )
            raise Hl7Error(103, "QPD-3", text, repetition=rank)
        if CRITERIA[name] and value:
            found[CRITERIA[name]] = value
    if "birth_date" in found:
        found["birth_date"], _ = read_partial_date(found["birth_date"], "QPD-3")
    return found


def _domains(qpd: Segment, place: int) -> tuple[Domain, ...]:
    """Read the domains wanted: CX of which the authority alone is filled (`^^^CHU&7500…&N`)."""
    found = []
    for rank, raw in enumerate(qpd.rep(place), start=1):
        if qpd.part(raw, 4) or qpd.part(raw, 4, 2):
            found.append(Domain(read_identifier(qpd, raw).system, rank))
    return tuple(found)


def _limit(rcp: Segment | None) -> int | None:
    """Read RCP-2 (`10^RD`): how many people an answer may hold."""
    if rcp is None or not rcp.component(2):
        return None
    text = rcp.component(2)
    if not (text.isascii() and text.isdigit() and len(text) < 7 and int(text)):
        raise Hl7Error(102, "RCP-2", "Le nombre de réponses voulu (RCP-2) n'est pas un nombre.")
    return min(int(text), MOST_AT_ONCE)


def check_query(message: Message) -> Iterator[Hl7Error]:
    """Yield what makes a question unreadable."""
    try:
        read_query(message)
    except Hl7Error as error:
        yield error
