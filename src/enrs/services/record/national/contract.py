"""What the region asks of the national record (DMP, Mon espace santé), whoever carries the question.

The real one is opened to approved software, by the interfaces that its operator gives (XDS.b, MHD), to holders of a
card, of a certificate or of a Pro Santé Connect token: the installation that has them gives its own implementation.
Sources: IHE ITI TF, MHD (ITI-65, ITI-67, ITI-68) and table 4.2.4.1-2 (codes of errors of registries); ANS, « Partage
de documents de santé en mobilité » (PDSm); CI-SIS, « Volet Transmission de documents CDA en HL7 v2 » (codes 900-906).
"""

from collections.abc import Sequence
from typing import Any, Final, Protocol

Tree = dict[str, Any]


class RecordDownError(Exception):
    """The national record did not answer: nothing is known, the publication stands."""


class PublicationRefusedError(Exception):
    """The national record refuses: its code, and its words when it gives some."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text = code, text


class NationalRecord(Protocol):
    """The national record. Every call raises `RecordDownError` when no answer came.

    `provide`, `relabel`, `withdraw` and `retrieve` raise `PublicationRefusedError` besides.
    """

    is_stand_in: bool

    def provide(self, bundle: Tree) -> str:
        """Hand over one document (ITI-65); gives the identifier of its entry there."""

    def relabel(self, entry_id: str, labels: Sequence[Tree]) -> None:
        """Change who sees a document that is there (its `securityLabel`)."""

    def withdraw(self, entry_id: str) -> None:
        """Take back a document that is there: its status says that it was entered in error, nobody reads it there."""

    def find(self, ins: str, oid: str, unique_id: str = "") -> list[Tree]:
        """The current entries of somebody, the newest first (ITI-67); with `unique_id` that one, replaced or not."""

    def retrieve(self, address: str) -> bytes:
        """The bytes of a document (ITI-68), by the address of its entry's attachment."""


UNKNOWN: Final = "906"
"""CI-SIS: any other error."""

SILENT, BROKEN, UNNAMED, RESTORED = "sans-reponse", "anomalie", "sans-numero", "restauration"
"""Our own: nobody answers; an error of ours; an answer that does not name the document; a restore since."""
LOST_ANSWERS: Final = ("XDSDuplicateUniqueIdInRegistry", UNNAMED)
"""Refusals after which the document may be there already."""

REMEDIES: Final = {
    "900": ("La version du document n’est pas celle attendue.",
            "Produisez une nouvelle version du document, puis publiez-la."),
    "901": ("Vous n’êtes pas autorisé à publier pour cette personne.",
            "Vérifiez votre lieu d’exercice ; si le refus revient, appelez le support du DMP."),
    "902": ("La personne n’a pas de DMP ouvert.",
            "Demandez-lui si elle a fermé son espace santé ; sinon, faites vérifier son identité."),
    "903": ("Le document ne porte pas d’INS.",
            "Faites qualifier l’identité, produisez une nouvelle version, puis publiez-la."),
    "904": ("L’INS du document n’est pas celui de la base nationale.",
            "Interrogez de nouveau l’INSi depuis l’identité, puis produisez une nouvelle version."),
    "905": ("Les traits d’identité ne sont pas complets.",
            "Complétez l’identité, puis produisez une nouvelle version."),
    "906": ("Le DMP a refusé le document sans dire lequel de ses contrôles.",
            "Rejouez ; si le refus revient, transmettez ce code à l’exploitation."),
    "XDSUnknownPatientId": ("La base nationale ne connaît pas cet INS.",
                            "Interrogez de nouveau l’INSi depuis l’identité."),
    "XDSPatientIdDoesNotMatch": ("Le document remplace celui d’une autre personne.",
                                 "Retirez ce document et produisez-le depuis le bon dossier."),
    "XDSDuplicateUniqueIdInRegistry": ("Un autre document porte déjà ce numéro.",
                                       "Produisez une nouvelle version, puis publiez-la."),
    "XDSNonIdenticalHash": ("Un contenu différent est déjà publié sous ce numéro.",
                            "Produisez une nouvelle version, puis publiez-la."),
    "XDSReplaceFailed": ("La version que ce document remplace n’est pas au DMP.",
                         "Publiez d’abord la version antérieure, puis rejouez."),
    "XDSRepositoryMetadataError": ("Une donnée de la fiche du document manque ou n’est pas dans sa liste.",
                                   "Transmettez ce code à l’exploitation, avec le nom du document."),
    "XDSRegistryBusy": ("Le DMP est occupé.", "Rejouez dans quelques minutes."),
    "INS-01": ("L’identité n’est plus qualifiée : rien n’est parti.",
               "Contrôlez une pièce d’identité, interrogez l’INSi, produisez une nouvelle version, puis publiez-la."),
    "INS-03": ("Le document porte un autre INS que l’identité d’aujourd’hui : rien n’est parti.",
               "Produisez une nouvelle version du document, puis publiez-la."),
    SILENT: ("Le DMP ne répond pas, ou n’accepte pas notre connexion.",
             "Rien à faire : le document repart de lui-même, puis chaque jour. Si cela dure, prévenez l’exploitation."),
    BROKEN: ("Une erreur d’ici a empêché l’envoi.",
             "Rejouez ; si elle revient, transmettez ce code à l’exploitation, avec le nom du document."),
    UNNAMED: ("Le DMP a répondu sans nommer le document.",
              "Rejouez : s’il y est déjà, il sera retrouvé."),
    RESTORED: ("L’espace régional a été restauré : le document est peut-être déjà parti.",
               "Rejouez : s’il est déjà au DMP, il sera retrouvé et non publié deux fois."),
} | dict.fromkeys(
    ("INS-02", "IDE-01", "IDE-02", "AUT-01", "AUT-02", "AUT-03", "STR-01", "STR-02",
     *(f"MET-{rank:02d}" for rank in range(1, 10))),
    ("Une donnée de l’en-tête manque ou n’est pas dans sa liste : rien n’est parti.",
     "Corrigez-la, produisez une nouvelle version, puis publiez-la."),
)  # fmt: skip
"""What each code means to a person and how to mend it; those of `formats.cda.checks` are said before it leaves."""


def remedy_of(code: str) -> tuple[str, str]:
    """What a code means, and what to do."""
    return REMEDIES.get(code, REMEDIES[UNKNOWN])
