"""What a gateway makes sure of before it accepts a message.

A message without error here is one that the readers of this package read without raising.
"""

import re
from collections.abc import Callable, Iterator

from enrs.formats.hl7v2.datatypes import moment_at, read_partial_date
from enrs.formats.hl7v2.embedded import is_document, is_meta, read_document, read_flags
from enrs.formats.hl7v2.errors import Hl7Error
from enrs.formats.hl7v2.pam import ABSORBING_TRIGGERS, IDENTITY_TRIGGERS, LINK_TRIGGERS
from enrs.formats.hl7v2.parser import Message, Segment
from enrs.formats.hl7v2.queries import QUERIES, check_query
from enrs.formats.hl7v2.stay import check_action

# (message code, event): what it is, in French, for screens and refusals.
SUPPORTED: dict[tuple[str, str], str] = {
    ("ADT", "A01"): "Admission",
    ("ADT", "A02"): "Mutation",
    ("ADT", "A03"): "Sortie",
    ("ADT", "A04"): "Venue externe ou passage aux urgences",
    ("ADT", "A05"): "Préadmission",
    ("ADT", "A06"): "Externe devenu hospitalisé",
    ("ADT", "A07"): "Hospitalisé devenu externe",
    ("ADT", "A08"): "Mise à jour du dossier",
    ("ADT", "A11"): "Annulation d'admission",
    ("ADT", "A12"): "Annulation de mutation",
    ("ADT", "A13"): "Annulation de sortie",
    ("ADT", "A24"): "Rapprochement de deux identités",
    ("ADT", "A28"): "Création d'identité",
    ("ADT", "A31"): "Mise à jour d'identité",
    ("ADT", "A37"): "Rapprochement défait",
    ("ADT", "A40"): "Fusion d'identités",
    ("ADT", "A47"): "Changement de numéro de patient",
    ("ORU", "R01"): "Résultats",
    ("MDM", "T02"): "Document : transmission initiale",
    ("MDM", "T04"): "Document : suppression",
    ("MDM", "T10"): "Document : remplacement",
}
_CODES = frozenset(code for code, _ in SUPPORTED | QUERIES)
_ADMISSIONS = frozenset({"A01", "A04", "A05", "A28"})
_ACKNOWLEDGEMENTS = {"ACK": "un accusé de réception", "ZAM": "un accusé métier DMP ou MSSanté"}
_SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_MOMENTS: dict[str, tuple[int, ...]] = {
    "MSH": (7,),
    "EVN": (2, 6),
    "PID": (29,),
    "PV1": (44, 45),
    "PV2": (8, 9),
    "ZBE": (2, 3),
    "ZFA": (2, 10, 12),
    "OBR": (7, 14, 22),
    "OBX": (14,),
    "TXA": (4, 6, 8),
}
_NAMED = {3: "l'identifiant", 5: "le nom", 7: "la date de naissance", 8: "le sexe"}


def is_acknowledgement(message: Message) -> bool:
    """Tell whether a message answers another one (ACK, ZAM, any with MSA)."""
    code = message.header.component(9)
    return code in _ACKNOWLEDGEMENTS or message.first("MSA") is not None


def _check_header(message: Message) -> Iterator[Hl7Error]:
    msh = message.header
    code, trigger = msh.component(9), msh.component(9, 2)
    shown = f"{code}^{trigger}"[:20]
    if is_acknowledgement(message):
        what = _ACKNOWLEDGEMENTS.get(code, "la réponse à un autre message")
        yield Hl7Error(200, "MSH-9", f"Ce message ({shown}) est {what} : il n'est pas traité ici.")
    elif not code:
        yield Hl7Error(101, "MSH-9", "Le type du message (MSH-9) manque.")
    elif code not in _CODES:
        yield Hl7Error(200, "MSH-9", f"Le type de message « {shown} » (MSH-9) n'est pas traité.")
    elif (code, trigger) not in SUPPORTED and (code, trigger) not in QUERIES:
        yield Hl7Error(201, "MSH-9", f"L'évènement « {shown} » (MSH-9) n'est pas traité.")
    if not msh.component(10):
        yield Hl7Error(101, "MSH-10", "L'identifiant du message (MSH-10) manque.")
    version = msh.component(12)
    if not version.startswith("2."):
        text = f"« {version[:10]} » n'est pas une version 2.x de HL7" if version else "manque"
        yield Hl7Error(203, "MSH-12", f"La version (MSH-12) {text}.")
    processing = msh.component(11)
    if processing not in {"", "P", "T", "D"}:
        yield Hl7Error(202, "MSH-11", f"Le mode « {processing[:10]} » (MSH-11) n'est pas traité.")


def _check_lines(message: Message) -> Iterator[Hl7Error]:
    """Make sure that each line is a segment, and that there is one MSH."""
    separator = message.delimiters.field
    for number, line in enumerate(message.lines, start=1):
        name = line[:3]
        if not _SEGMENT_NAME.fullmatch(name) or line[3:4] not in {separator, ""}:
            yield Hl7Error(
                100, "MSH", f"La ligne {number} ne commence pas par un nom de segment HL7."
            )
        elif name == "MSH" and number > 1:
            yield Hl7Error(
                100,
                "MSH",
                f"Un second segment MSH est à la ligne {number} : un seul message à la fois.",
                sequence=2,
            )


def _missing_segment(name: str, what: str) -> Hl7Error:
    return Hl7Error(100, name, f"Le segment {name} ({what}) manque.")


def _missing_field(pid: Segment, field: int) -> Hl7Error:
    return Hl7Error(
        101,
        f"PID-{field}",
        f"{_NAMED[field].capitalize()} du patient (PID-{field}) manque.",
        sequence=pid.sequence,
        application_code=905 if field != 3 else None,
    )


def _check_patient(message: Message, required: tuple[int, ...]) -> Iterator[Hl7Error]:
    """Check each PID: identifier, required traits, birth date."""
    people = message.segments("PID")
    if not people:
        yield _missing_segment("PID", "identité du patient")
    zfd = message.first("ZFD")
    is_lunar = zfd is not None and bool(zfd[1].strip("^0"))
    for pid in people:
        if not any(pid.part(raw, 1).strip() for raw in pid.rep(3)):
            yield _missing_field(pid, 3)
        for field in required:
            if not pid.component(field):
                yield _missing_field(pid, field)
        try:
            read_partial_date(pid.component(7), "PID-7", lenient=is_lunar)
        except Hl7Error as error:
            yield error


def _check_moments(message: Message) -> Iterator[Hl7Error]:
    for segment in message:
        for field in _MOMENTS.get(segment.name, ()):
            try:
                moment_at(segment, field)
            except Hl7Error as error:
                yield error


def _check_adt(message: Message) -> Iterator[Hl7Error]:
    trigger = message.header.component(9, 2)
    required: tuple[int, ...] = (5, 7, 8) if trigger in _ADMISSIONS else (5,)
    # The PIDs of a link only need to name two numbers: their traits are not taken.
    yield from _check_patient(message, () if trigger in LINK_TRIGGERS else required)
    if trigger not in IDENTITY_TRIGGERS and message.first("PV1") is None:
        yield _missing_segment("PV1", "séjour")
    zbe = message.first("ZBE")
    if zbe is not None:
        try:
            check_action(zbe)
        except Hl7Error as error:
            yield error
    if trigger in ABSORBING_TRIGGERS:
        yield from _check_merge(message)
    if trigger == "A47":
        yield from _check_change(message)
    if trigger in LINK_TRIGGERS:
        yield from _check_link(message)


def _check_change(message: Message) -> Iterator[Hl7Error]:
    """An A47 renames one number, of one patient (IHE PAM, ITI-30)."""
    for name, what in (("PID", "patient"), ("MRG", "ancien numéro")):
        if len(message.segments(name)) > 1:
            text = f"Un A47 change le numéro d'un seul patient : un seul segment {name} ({what})."
            yield Hl7Error(100, name, text, sequence=2)
    mrg, pid = message.first("MRG"), message.first("PID")
    if mrg is None or pid is None:
        return
    old = [(mrg.part(raw, 1).strip(), mrg.part(raw, 4)) for raw in mrg.rep(1)]
    new = [(pid.part(raw, 1).strip(), pid.part(raw, 4)) for raw in pid.rep(3)]
    if len(old) > 1:
        text = "Un A47 change un seul numéro à la fois : MRG-1 en porte plusieurs."
        yield Hl7Error(102, "MRG-1", text)
    elif old and old[0][0] and old[0] in new:
        text = "L'ancien numéro (MRG-1) est encore dans PID-3, qui doit porter le nouveau."
        yield Hl7Error(102, "MRG-1", text)


def _check_link(message: Message) -> Iterator[Hl7Error]:
    """A24 and A37 name two patients, each by its own PID (HL7 v2.5, 3.3.24 and 3.3.37)."""
    people = message.segments("PID")
    if len(people) == 2:
        first, second = ([one.rep(3)] for one in people)
        if first == second:
            text = "Les deux segments PID portent le même identifiant : il en faut deux différents."
            yield Hl7Error(102, "PID-3", text, sequence=2)
    elif people:
        text = f"Il faut deux segments PID, un par identité : le message en porte {len(people)}."
        yield Hl7Error(100, "PID", text, sequence=len(people))


def _check_merge(message: Message) -> Iterator[Hl7Error]:
    groups = message.segments("MRG")
    if not groups:
        yield _missing_segment("MRG", "identité absorbée")
    elif _position(message, "MRG") < _position(message, "PID"):
        yield Hl7Error(100, "MRG", "Le segment MRG est placé avant le PID qu'il concerne.")
    for mrg in groups:
        if not any(mrg.part(raw, 1).strip() for raw in mrg.rep(1)):
            yield Hl7Error(
                101,
                "MRG-1",
                f"L'identifiant absorbé (MRG-1) du segment MRG n° {mrg.sequence} manque.",
                sequence=mrg.sequence,
            )


def _position(message: Message, name: str) -> int:
    names = [line[:3] for line in message.lines]
    return names.index(name) if name in names else len(names)


def _check_one_patient(message: Message) -> Iterator[Hl7Error]:
    yield from _check_patient(message, ())
    if len(message.segments("PID")) > 1:
        yield Hl7Error(
            100, "PID", "Le message concerne plusieurs patients : un seul est permis.", sequence=2
        )


def _check_observations(message: Message) -> Iterator[Hl7Error]:
    """Check the OBX: code, type, and the documents that they hold."""
    for obx in message.segments("OBX"):
        rank = obx.sequence
        if not obx.component(3) and not obx.component(3, 2):
            yield Hl7Error(
                101, "OBX-3", f"Segment OBX n° {rank} : le code (OBX-3) manque.", sequence=rank
            )
        if obx[5] and not obx[2]:
            yield Hl7Error(
                101, "OBX-2", f"Segment OBX n° {rank} : le type (OBX-2) manque.", sequence=rank
            )
        if is_document(obx):
            try:
                read_document(obx)
            except Hl7Error as error:
                yield error
    try:
        read_flags(message)
    except Hl7Error as error:
        yield error


def _check_oru(message: Message) -> Iterator[Hl7Error]:
    yield from _check_one_patient(message)
    if message.first("OBR") is None:
        yield _missing_segment("OBR", "examen demandé")
    yield from _check_observations(message)


def _check_mdm(message: Message) -> Iterator[Hl7Error]:
    yield from _check_one_patient(message)
    txa = message.first("TXA")
    if txa is None:
        yield _missing_segment("TXA", "en-tête du document")
    elif any(mark in txa.component(16) for mark in ("/", "\\", "..")):
        yield Hl7Error(
            102, "TXA-16", "Le nom de fichier (TXA-16) contient un chemin : seul un nom est permis."
        )
    if not any(obx[2] == "ED" and not is_meta(obx) for obx in message.segments("OBX")):
        yield Hl7Error(101, "OBX-5", "Aucun segment OBX de type ED ne porte le document.")
    yield from _check_observations(message)


_BY_CODE: dict[str, Callable[[Message], Iterator[Hl7Error]]] = {
    "ADT": _check_adt,
    "ORU": _check_oru,
    "MDM": _check_mdm,
    "QBP": check_query,
}


def check(message: Message) -> list[Hl7Error]:
    """Return all that is wrong with a message, in order; an empty list when it can be accepted.

    A message of a kind that nobody here reads gets its one reason (acknowledge it AR).
    """
    errors = list(_check_header(message))
    if any(error.ack_code == "AR" for error in errors):
        return errors
    errors += _check_lines(message)
    errors += _check_moments(message)
    checker = _BY_CODE.get(message.header.component(9))
    if checker is not None:
        errors += checker(message)
    return errors
