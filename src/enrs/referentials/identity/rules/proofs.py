"""What may prove an identity, and how an identity was collected (codes of the French Core).

Codes and words: HL7 France, FR Core, `fr-core-cs-mode-validation-identity` and `fr-core-cs-method-collection`.
What each one is worth: RNIV 1 (2024), devices of a high level of confidence, and its special cases for minors
and for people who have no other document. The driving licence, which was on the list until 2023, is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from enrs.referentials.identity.rules.traits import IdentityRefusedError

RNIV_PROOFS = "RNIV 1, dispositifs à haut niveau de confiance"
RNIV_MINORS = "RNIV 1, cas particuliers : mineurs"
RNIV_WITHOUT = "RNIV 1, cas particuliers : usagers sans autre pièce"


@dataclass(frozen=True, slots=True)
class Proof:
    """One kind of document. `is_for_minors`: of a minor alone; `wants_parent`: with the document of a parent."""

    code: str
    label: str
    source: str = RNIV_PROOFS
    is_for_minors: bool = False
    wants_parent: bool = False


PROOFS: Final[Mapping[str, Proof]] = {
    one.code: one
    for one in (
        Proof("CN", "Carte nationale d’identité"),
        Proof("PA", "Passeport"),
        Proof("CS", "Carte ou titre de séjour"),
        Proof("eCN", "France Identité (e-carte d’identité)"),
        Proof("IN", "L’Identité Numérique La Poste"),
        Proof("AV", "Application carte Vitale"),
        Proof("CC", "Document de circulation pour étranger mineur", RNIV_MINORS, is_for_minors=True),
        Proof(
            "AN", "Extrait d’acte de naissance, avec la pièce d’un parent", RNIV_MINORS,
            is_for_minors=True, wants_parent=True,
        ),
        Proof(
            "LEP", "Livret de famille des parents, avec la pièce d’un parent", RNIV_MINORS,
            is_for_minors=True, wants_parent=True,
        ),
        Proof("LECV", "Livret de famille, avec la carte Vitale à photographie", RNIV_WITHOUT),
        Proof("ANCV", "Acte de naissance, avec la carte Vitale à photographie", RNIV_WITHOUT),
    )
}  # fmt: skip
"""Every one of them gives a high level of confidence, under its conditions; nothing else does."""

COLLECTIONS: Final[Mapping[str, str]] = {
    "SM": "Saisie manuelle",
    "CV": "Carte Vitale",
    "INSI": "Téléservice INSi",
    "CB": "Code à barres (Datamatrix INS)",
    "RFID": "Puce RFID",
    "AV": "Application carte Vitale",
}
MAJORITY = 18
DATE_LENGTH = 10


def proof_label(code: str) -> str:
    """The words of a proof; the code itself when it is none of ours, nothing for none."""
    return PROOFS[code].label if code in PROOFS else code


def may_be_minor(birth_date: str, today: date) -> bool:
    """Whether somebody born on this partial date may be a minor: what is not known counts for the younger."""
    if not birth_date[:4].isdigit():
        return False
    last = (
        birth_date + "-12-31"[len(birth_date) - 4 :]
        if len(birth_date) < DATE_LENGTH
        else birth_date
    )
    return last > f"{today.year - MAJORITY:04d}-{today.month:02d}-{today.day:02d}"


def refused_proof(code: str, *, is_minor: bool, parent_seen: bool) -> str:
    """Why this document proves nothing here (a code of `moves.REFUSALS`); empty when it does."""
    proof = PROOFS.get(code)
    if proof is None:
        return "proof.driving_licence" if code == "PC" else "proof.unknown"
    if proof.is_for_minors and not is_minor:
        return "proof.minors_only"
    if proof.wants_parent and not parent_seen:
        return "proof.parent"
    return ""


def collected(code: str) -> str:
    """A collection mode, checked.

    Raises:
        IdentityRefusedError: `collected.unknown`.
    """
    if code and code not in COLLECTIONS:
        raise IdentityRefusedError("collected.unknown")
    return code


def first_of(local: str, given_names: str) -> str:
    """The first given name in a national list: the local one when the list begins by it, hyphens as spaces.

    The service gives one list without saying where a compound first name ends (guide de l'INS, EXI ID 10).
    """
    words = given_names.replace("-", " ").split()
    known = local.replace("-", " ").split()
    if known and [one.upper() for one in words[: len(known)]] == [one.upper() for one in known]:
        return local
    return given_names.split(" ", maxsplit=1)[0]
