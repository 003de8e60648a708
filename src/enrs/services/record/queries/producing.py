"""What a document is made of: the facts of the summary, the plan, the header; and what is wrong with it beforehand."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.access.queries import may
from enrs.core.access.rules import READ, WRITE
from enrs.core.documents import store
from enrs.core.documents.made import doses_of
from enrs.core.documents.models import Document
from enrs.formats.cda.builder import Block
from enrs.formats.cda.builder_documents import headed, summary_document
from enrs.formats.cda.checks import Fault, faults
from enrs.formats.cda.clinical import TOBACCO, Facts
from enrs.formats.cda.clinical_reader import author_texts
from enrs.formats.cda.clinical_reader import facts as read_facts
from enrs.formats.cda.format_codes import guess_format_code
from enrs.formats.cda.layouts import EMERGENCY_OF_RESIDENTS, LAYOUTS, SUFFICIENT
from enrs.formats.cda.model import Code, Identifier, Metadata
from enrs.formats.cda.reader import read
from enrs.services.record.models import Encounter as Stay
from enrs.services.record.queries.producing_facts import Said, facts_of, texts_of
from enrs.services.record.queries.producing_header import author_of, header_of, stay_of
from enrs.services.record.queries.received import Received, received_facts, received_text
from enrs.services.record.rules import producing as rules

LETTER_DAYS = 30
"""Until when a letter that tells of no stay known here may be replaced: after that, it is another event's."""


@dataclass(frozen=True, slots=True)
class About:
    """What a document tells of besides the person: `row_id` is a vaccination; `replaces_id` a document in force that
    its author chose to replace; `facts` are those of what is made here and told of alone.
    """

    row_id: UUID | None = None
    replaces_id: UUID | None = None
    facts: Facts | None = None
    informations: tuple[Code, ...] = ()


NOTHING_MORE = About()


@dataclass(frozen=True, slots=True)
class Draft:
    """A document about to be made: all that its bytes need, and what is wrong with it."""

    kind: str
    meta: Metadata
    facts: Facts
    texts: dict[str, tuple[Block, ...]]
    template: Identifier | None
    faults: list[Fault]
    former: Document | None
    superseded: tuple[str, ...]
    about_id: UUID | None = None
    received: tuple[Received, ...] = ()

    @property
    def stops(self) -> list[Fault]:
        """What stops its making."""
        return rules.stops_making(self.faults)

    @property
    def format_code(self) -> str:
        """Its formatCode: that of its model, else that its media type suffices."""
        return guess_format_code(self.meta.template_ids, "") or SUFFICIENT

    def content(self) -> bytes:
        """Its bytes."""
        return summary_document(self.meta, self.kind, self.facts, self.texts, self.template)


def draft(patient_id: UUID, kind: str, said: Said, by: Actor, about: About = NOTHING_MORE) -> Draft:
    """A document of this kind as it would be made now, by this author; asks no right."""
    now = timezone.localtime().replace(microsecond=0)
    if about.facts is not None:
        facts = about.facts
    elif kind == "vaccination_note":
        facts = Facts(vaccines=tuple(doses_of(patient_id, about.row_id) if about.row_id else ()))
    else:
        facts = facts_of(patient_id, said)
    texts = texts_of(patient_id, kind, said)
    received = received_facts(patient_id, facts) if kind == "vsm" else []
    if received:
        texts["received"] = received_text(received)
    former = former_version(patient_id, kind, about)
    author, sector = author_of(by, now)
    stay = stay_of(patient_id, author.organization) if kind == "discharge_letter" else None
    dose = facts.vaccines[0] if kind == "vaccination_note" and facts.vaccines else None
    meta = header_of(patient_id, author, sector, former, stay=stay, dose=dose)
    meta = replace(meta, informations=about.informations)
    is_resident = kind == "dlu" and sector is not None and sector.code == rules.CARE_HOME
    template = EMERGENCY_OF_RESIDENTS if is_resident else None
    meta = headed(meta, kind, template)
    found = faults(meta, kind, facts, texts)
    older = tuple(one.unique_id for one in in_force(patient_id, kind, about))
    return Draft(
        kind, meta, facts, texts, template, found, former, older, about.row_id, tuple(received)
    )


def maker_refusal(patient_id: UUID, kind: str, by: Actor) -> str:
    """Why somebody may not make a document of this kind for this person; empty when they may."""
    if kind not in rules.KINDS:
        return "kind"
    asked = [(WRITE, "documents"), (READ, "summary")] + [(READ, "plan")] * (kind == "plan")
    for action, category in asked:
        decision = may(action, category, patient_id=patient_id, actor=by)
        if not decision.allowed:
            return decision.reason
    return "" if by.role in rules.KINDS[kind].roles else "profession"


def former_version(patient_id: UUID, kind: str, about: About = NOTHING_MORE) -> Document | None:
    """The document that a new one of this kind follows: the one in force, else the newest; of a vaccination, its
    own. A letter and a prescription follow one that their author chose: each tells one event.
    """
    rows = _followed(patient_id, kind, about)
    if rows is None:
        return None
    ordered = rows.order_by("-id")
    return ordered.filter(status=Document.Status.CURRENT).first() or ordered.first()


def in_force(patient_id: UUID, kind: str, about: About = NOTHING_MORE) -> list[Document]:
    """The documents in force that a new one of this kind supersedes: several after a merge of records."""
    rows = _followed(patient_id, kind, about)
    if rows is None:
        return []
    return list(rows.filter(status=Document.Status.CURRENT).order_by("id"))


def replaceable(patient_id: UUID, kind: str, by: Actor) -> list[Document]:
    """The letters in force of this kind that a new one may replace: those of the same stay; where none is known,
    those of the last days from the same place.
    """
    if kind not in rules.LETTERS:
        return []
    rows = _made(patient_id, kind).filter(status=Document.Status.CURRENT)
    author, _ = author_of(by, timezone.localtime())
    stay: Stay | None = (
        stay_of(patient_id, author.organization) if kind == "discharge_letter" else None
    )
    if stay is not None:
        rows = rows.filter(service_start=stay.admitted_at)
    else:
        place = author.organization.idnat if author.organization else ""
        since = timezone.now() - timedelta(days=LETTER_DAYS)
        rows = rows.filter(happened_at__gte=since, author_organisation_id=place)
    return list(rows.filter(masked_from_professionals=False).order_by("-id")[:10])


def _followed(patient_id: UUID, kind: str, about: About) -> QuerySet[Document] | None:
    rows = _made(patient_id, kind)
    if about.replaces_id is not None:
        return rows.filter(pk=about.replaces_id, status=Document.Status.CURRENT)
    if kind == "vaccination_note":
        return rows.filter(about_id=about.row_id)
    return rows if kind in rules.VERSIONED else None


def _made(patient_id: UUID, kind: str) -> QuerySet[Document]:
    wanted = LAYOUTS[kind].type_code
    return Document.objects.filter(
        patient_id=patient_id, source=rules.SOURCE, type_code=wanted.code, type_system=wanted.system
    )


def said_before(former: Document | None, kind: str) -> Said:
    """What the author of the former version wrote, to begin the next one with; nothing of a letter, which tells
    one event, nor of what this reader could not open.
    """
    is_kept = former is not None and kind in rules.CARRIED
    if not is_kept or former is None or former.masked_from_professionals:
        return {}
    if former.status != Document.Status.CURRENT:
        return {}
    document = read(store.take(former.blob))
    smoked = [
        one.value
        for one in read_facts(document).habits
        if one.code and one.code.code == TOBACCO.code
    ]
    return author_texts(document, kind) | ({"tobacco": smoked[0]} if smoked else {})
