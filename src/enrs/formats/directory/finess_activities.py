"""Stream FINESS's public flow of activities: what each establishment is authorised to do, and how many beds for it.

Source: `schema-activites-v1-0-1.json` (Agence du Numérique en Santé). Each legal entity (`pmej[]`) has what it
is authorised to do, and its establishments (`ege[]`) what they do, which names its authorisation.
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from enrs.formats.directory.common import DirectoryFileError, Refusal, refusal
from enrs.formats.directory.documents import walk
from enrs.formats.directory.finess import number_fault
from enrs.formats.directory.finess_flow import (
    INACTIVE,
    check_version,
    list_in,
    number_in,
    text_of,
    tree_in,
)

WHAT: Final = "Flux FINESS des activités"
NOS: Final = "https://mos.esante.gouv.fr/NOS/"
SMT: Final = "https://smt.esante.gouv.fr/fhir/CodeSystem/"
_SANITARY: Final = ("TRE_R275-ModaliteActivite", "TRE_R276-FormeActivite")
_SOCIAL: Final = (
    "TRE_r404-mode-fonctionnement-activite-smsse-regulee", "TRE_r403-public-activite-smsse-regulee",
)  # fmt: skip
_REGULATED: Final = (
    ("activiteSanitaireRegulee", "modaliteActivite", "formeActivite"),
    ("TRE_R274-ActiviteSanitaireRegulee", *_SANITARY),
)
_CARED: Final = (
    ("activiteSocialeRegulee", "modeFonctionnement", "public"),
    ("TRE_r401-activite-sociale-regulee", *_SOCIAL),
)
AXES: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "AMM": (
        ("activiteAMM", "modaliteAMM", "mentionAMM", "ptsAMM", "declarationAMM"),
        (
            "TRE_r381-activite-amm", "TRE_r382-modalite-act-de-soin-amm", "TRE_r383-mention-act-de-soin-amm",
            "TRE_r384-pratique-therapeutique-specifique-act-de-soin-amm",
            "TRE_r385-declaration-act-de-soin-amm",
        ),
    ),
    "AMF": (("activiteAMF", "modaliteActivite", "formeActivite"), _REGULATED[1]),
    "AASA": _REGULATED,
    "ASR": _REGULATED,
    "EML": (("typeEmlId",), ("TRE_R272-EquipementMaterielLourd",)),
    "ASDR": (
        ("activiteSanitaireDiverseRegulee", "modeFonctionnement", "public"),
        ("TRE_r347-activite-sanitaire-diverse-regulee", *_SOCIAL),
    ),
    "ASOCR": _CARED,
    "AMSR": _CARED,
    "ASMR": _CARED,
    "AER": (
        ("activiteEnseignementRegulee", "modeFonctionnement", "public"),
        ("TRE_r402-activite-enseignement-regulee", *_SOCIAL),
    ),
}  # fmt: skip
"""Of each nature: the fields that tell an activity, and the nomenclature of each."""
DEVICES: Final = "TRE_R212-Equipement"
AUTHORISED, INSTALLED = "09", "01"
"""States of a capacity (TRE_R330)."""
PUT_TO_WORK, STOPPED = "12", "15"
"""Events that say whether an activity is carried on; the last one counts."""
_DETAILED: Final = ("modeFinancement", "habilitation", "typeLogement", "genre")
"""A capacity that has one of these is a part of the whole."""

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FinessActivity:
    """What an establishment is authorised to do. `codes` follow `AXES`; counts are None when none is told."""

    finess: str
    number: str
    nature: str
    codes: tuple[str, ...]
    is_closed: bool
    is_running: bool
    authorisation: str = ""
    started_on: str = ""
    ends_on: str = ""
    authorised: int | None = None
    installed: int | None = None
    unit: str = ""
    devices: tuple[tuple[str, int], ...] = ()


def addresses(name: str) -> tuple[str, str]:
    """The addresses under which a nomenclature of these is published."""
    own = name.replace("_", "-")
    return f"{NOS}{name}/FHIR/{own}", SMT + own.lower()


def read_activities(
    source: Iterable[str] | BinaryIO, *, test_numbers: bool = False
) -> Iterator[FinessActivity | Refusal]:
    """Read the activities of establishments in bounded memory; a refusal's line is the establishment's rank.

    Raises DirectoryFileError when the document is cut or badly formed, of another major version, or is the
    flow of structures.
    """
    if hasattr(source, "read") and not hasattr(source, "peek"):
        source = io.BufferedReader(source)  # type: ignore[type-var]
    rank, is_flow = 0, False
    for key, value in walk(source, what=WHAT):
        if key == "schemaVersion":
            check_version(text_of(value), WHAT)
        elif key == "metadata" and isinstance(value, dict):
            check_version(text_of(value.get("schemaVersion")), WHAT)
        if key != "pmej":
            continue
        if not isinstance(value, dict) or "numFiness" not in value:
            raise DirectoryFileError(
                f"{WHAT} : ce n'est pas le flux des activités (celui des structures se charge par « finess »)."
            )
        is_flow = True
        granted = {
            text_of(_general(one).get("activiteAeId")): one
            for one in list_in(value, "activitesAutorisees")
            if isinstance(one, dict)
        }
        for one in list_in(value, "ege"):
            rank += 1
            yield from _establishment(rank, one, granted, test_numbers)
    if not is_flow:
        raise DirectoryFileError(f"{WHAT} : aucune entité juridique (« pmej ») dans ce fichier.")


def _establishment(
    rank: int, one: Any, granted: Mapping[str, Tree], test_numbers: bool
) -> Iterator[FinessActivity | Refusal]:
    if not isinstance(one, dict):
        yield refusal(rank, "not_an_object", "L'établissement n'est pas un objet JSON.", repr(one))
        return
    finess = number_in(one, "numFinessEge")
    if fault := number_fault(finess, test_numbers):
        yield refusal(rank, *fault, finess)
        return
    for each in list_in(one, "activitesExercees"):
        if isinstance(each, dict):
            yield _activity(rank, finess, each, granted)


def _activity(
    rank: int, finess: str, one: Tree, granted: Mapping[str, Tree]
) -> FinessActivity | Refusal:
    general, nature = _general(one), tree_in(one, "nature")
    number, kind = text_of(general.get("activiteAeId")), text_of(nature.get("codeNature"))
    specific = tree_in(nature, "caracteristiquesSpecifiques")
    told = next(
        (value for key, value in specific.items() if key.startswith("typeActivite") and isinstance(value, dict)),
        {},
    )  # fmt: skip
    fields = AXES[kind][0] if kind in AXES else ()
    codes = tuple(text_of(told.get(name)) for name in fields)
    if not number or not any(codes[:1]):
        return refusal(
            rank, "unknown_activity", f"L'activité {number[:20]} n'a pas de code connu.",
            json.dumps(nature, ensure_ascii=False),
        )  # fmt: skip
    grant = granted.get(text_of(general.get("identifiantAutorisation")), {})
    given = _general(grant)
    capacities = [*list_in(one, "capacite"), *list_in(grant, "capacite")]
    authorised, unit = _total(capacities, AUTHORISED)
    installed, other = _total(list_in(one, "capacite"), INSTALLED)
    return FinessActivity(
        finess=finess,
        number=number,
        nature=kind,
        codes=codes,
        is_closed=text_of(general.get("etatObjet")) == INACTIVE,
        is_running=_is_running(one),
        authorisation=_first("numAutorisationArhgos", general, given),
        started_on=_first("dateDebutActiviteAutorisee", general, given)[:10],
        ends_on=_first("dateFinActiviteAutorisee", general, given)[:10],
        authorised=authorised,
        installed=installed,
        unit=unit or other,
        devices=_devices(specific),
    )


def _general(one: Tree) -> Tree:
    return tree_in(one, "caracteristiquesGeneriques")


def _first(name: str, *trees: Tree) -> str:
    return next((found for tree in trees if (found := text_of(tree.get(name)))), "")


def _is_running(one: Tree) -> bool:
    """The last event that puts to work or stops says which; without one it waits."""
    found = [
        (text_of(event.get("dateEvenement")), code)
        for event in list_in(one, "evenement")
        if isinstance(event, dict)
        and (code := text_of(event.get("codeEvenement")).lstrip("0")) in (PUT_TO_WORK, STOPPED)
    ]
    return bool(found) and max(found)[1] == PUT_TO_WORK


def _total(capacities: Iterable[Any], state: str) -> tuple[int | None, str]:
    """The first whole capacity of a state, and its unit (TRE_R329)."""
    for one in capacities:
        if not isinstance(one, dict) or text_of(one.get("statutCapacite")) != state:
            continue
        count = text_of(one.get("nombre"))
        if (
            count.isdigit()
            and len(count) < 7
            and not any(text_of(one.get(name)) for name in _DETAILED)
        ):
            return int(count), text_of(one.get("uniteMesureCapacite"))
    return None, ""


def _devices(specific: Tree) -> tuple[tuple[str, int], ...]:
    """Heavy devices of the present authorisations (AMM): those that are installed, else those authorised."""
    found: dict[str, dict[str, int]] = {AUTHORISED: {}, INSTALLED: {}}
    for one in list_in(specific, "appareil"):
        if not isinstance(one, dict):
            continue
        state, count = text_of(one.get("statutAppareilAMM")), text_of(one.get("nombreAppareilAMM"))
        if (
            state in found
            and count.isdigit()
            and len(count) < 5
            and (code := text_of(one.get("typeAppareilAMM")))
        ):
            found[state][code] = int(count)
    return tuple(sorted((found[AUTHORISED] | found[INSTALLED]).items()))
