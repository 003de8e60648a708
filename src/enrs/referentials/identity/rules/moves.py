"""The statuses and attributes of an identity as a table: which act leads where, by whom, under which conditions.

Sources: RNIV 1 (statuts de confiance, attributs); « Guide d'implémentation de l'INS dans les logiciels », v3.0
(EXI ID 24: attributes; EXI ID 26: a doubtful or fictitious identity is provisional, its INS is invalidated and the
national service is not asked). A retrieved or qualified identity carries an INS, the others none. No likeness, no
score and no link stands in this table: what is not here qualifies nobody.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from enrs.referentials.identity.rules.proofs import refused_proof
from enrs.referentials.identity.rules.statuses import (
    DOUBTFUL,
    EMERGENCY,
    FICTIVE,
    STATUSES,
    UNTRUSTED,
)
from enrs.referentials.identity.rules.traits import IdentityRefusedError

HOMONYM = "homonym"
ATTRIBUTES: Final = ("", HOMONYM, DOUBTFUL, FICTIVE)
BARRED: Final = UNTRUSTED
HAND, SERVICE = "hand", "service"
LEAST_REASON = 5

RNIV = "RNIV 1, statuts et attributs des identités"
GUIDE_24 = "Guide d’implémentation de l’INS, EXI ID 24"
GUIDE_26 = "Guide d’implémentation de l’INS, EXI ID 26"
OWN = "RNIV 1, gestion des identités : chaque structure répond des siennes"


class MoveRefusedError(IdentityRefusedError):
    """An act that the table does not allow; `code` is a key of `REFUSALS`."""

    @property
    def refusal(self) -> "Refusal":
        """What to tell whoever asked."""
        return REFUSALS[self.code]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, in French, and the rule that says so."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an identity stands: its status, its attribute, whether it carries an INS, its proof."""

    status: str = "provisional"
    attribute: str = ""
    has_ins: bool = False
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an act is judged by, beside the standing.

    `is_complete`: every strict trait but the birth place is known. `is_ours`: the acting place answers for the
    identity. `is_by_hand`: typed in the region's own screens, not sent by a software. `answer` is what the national
    service said: `one`, `same` or `other`.
    """

    is_complete: bool = True
    is_ours: bool = True
    is_by_hand: bool = True
    proof: str = ""
    is_minor: bool = False
    parent_seen: bool = False
    reason: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One act: from which statuses to which, by hand or by the service, what it needs, what it changes."""

    act: str
    by: str
    after: Mapping[str, str]
    needs: tuple[str, ...]
    source: str
    sets_attribute: str | None = None
    takes_ins: bool = False
    drops_ins: bool = False
    drops_proof: bool = False
    else_refusal: str = "status.already"


_ALL = dict.fromkeys(STATUSES, "provisional")
_SAME = {one: one for one in STATUSES}

MOVES: Final[Mapping[str, Move]] = {
    one.act: one
    for one in (
        Move("validate", HAND, {"provisional": "validated", "retrieved": "qualified"},
             ("ours", "clear", "complete", "proof"), RNIV, else_refusal="proof.already"),
        Move("retrieve", SERVICE, {"provisional": "retrieved", "validated": "qualified"},
             ("clear", "complete", "answer.one"), RNIV, takes_ins=True, else_refusal="ins.already"),
        Move("confirm", SERVICE, {"retrieved": "retrieved", "qualified": "qualified"},
             ("clear", "ins", "answer.same"), RNIV, else_refusal="ins.missing"),
        Move("take_off", SERVICE, {"retrieved": "provisional", "qualified": "provisional"},
             ("clear", "ins", "answer.other"), GUIDE_26, sets_attribute=DOUBTFUL, drops_ins=True,
             drops_proof=True, else_refusal="ins.missing"),
        Move("doubt", HAND, _ALL, ("ours", "not_barred", "reason"), GUIDE_26, sets_attribute=DOUBTFUL,
             drops_ins=True, drops_proof=True),
        Move("fiction", HAND, _ALL, ("ours", "not_barred", "reason"), GUIDE_26, sets_attribute=FICTIVE,
             drops_ins=True, drops_proof=True),
        Move("namesake", HAND, _SAME, ("ours", "bare", "reason"), GUIDE_24, sets_attribute=HOMONYM),
        Move("lift", HAND, _ALL, ("ours", "barred", "reason"), GUIDE_26, sets_attribute="", drops_ins=True,
             drops_proof=True),
        Move("part", HAND, _SAME, ("ours", "namesake", "reason"), GUIDE_24, sets_attribute=""),
        Move("step_back", HAND, {"validated": "provisional", "retrieved": "provisional", "qualified": "provisional"},
             ("ours", "clear", "reason"), RNIV, drops_ins=True, drops_proof=True, else_refusal="status.lowest"),
        Move("correct", HAND, {"provisional": "provisional", "validated": "provisional", "retrieved": "provisional"},
             ("ours", "by_hand", "reason"), RNIV, drops_ins=True, drops_proof=True,
             else_refusal="correct.qualified"),
    )
}  # fmt: skip
"""Act to move. An act that finds its identity in a status absent of `after` is refused by `else_refusal`."""

REFUSALS: Final[Mapping[str, Refusal]] = {
    "emergency": Refusal(
        "Cette identité d’urgence n’a encore aucun trait : remplissez-les, ou dites qui est la personne.", OWN
    ),
    "act.unknown": Refusal("Cet acte n’existe pas.", RNIV),
    "ours": Refusal(
        "Cette identité vient d’une autre structure : elle seule la change. Demandez-lui de la corriger.",
        OWN,
    ),
    "by_hand": Refusal(
        "Cette identité est envoyée par le logiciel de votre structure : corrigez-la là-bas, elle suivra ici.",
        OWN,
    ),
    "clear": Refusal(
        "Cette identité est douteuse ou fictive : elle reste provisoire et l’INSi ne peut pas être interrogé. "
        "Levez d’abord l’attribut, si le doute est réglé.",
        GUIDE_26,
    ),
    "not_barred": Refusal("Cette identité est déjà signalée douteuse ou fictive.", GUIDE_24),
    "bare": Refusal(
        "Cette identité porte déjà un attribut : levez-le avant d’en mettre un autre.", GUIDE_24
    ),
    "barred": Refusal("Cette identité n’est ni douteuse ni fictive : il n’y a rien à lever.", GUIDE_24),
    "namesake": Refusal("Cette identité n’est pas signalée comme homonyme.", GUIDE_24),
    "complete": Refusal(
        "Il manque un trait strict : nom de naissance, premier prénom, date de naissance complète et sexe sont exigés.",
        "RNIV 1, traits stricts",
    ),
    "ins": Refusal("Cette identité ne porte pas de matricule INS : il n’y a rien à vérifier.", RNIV),
    "reason": Refusal(
        "Dites en quelques mots pourquoi : ce motif reste au journal du dossier.",
        "RNIV 1, traçabilité des modifications",
    ),
    "proof.unknown": Refusal(
        "Ce document n’est pas un dispositif à haut niveau de confiance : carte d’identité, passeport, titre de "
        "séjour ou identité numérique reconnue.",
        "RNIV 1, dispositifs à haut niveau de confiance",
    ),
    "proof.driving_licence": Refusal(
        "Le permis de conduire n’est plus admis : demandez une carte d’identité, un passeport ou un titre de séjour.",
        "RNIV 1, dispositifs à haut niveau de confiance",
    ),
    "proof.minors_only": Refusal(
        "Ce document ne vaut que pour une personne mineure : demandez une pièce au nom de la personne.",
        "RNIV 1, cas particuliers : mineurs",
    ),
    "proof.parent": Refusal(
        "Pour un mineur, ce document se lit avec la pièce d’identité d’un de ses parents : vérifiez-la puis "
        "cochez la case.",
        "RNIV 1, cas particuliers : mineurs",
    ),
    "proof.already": Refusal(
        "Une pièce a déjà été contrôlée : l’identité est validée ou qualifiée.", RNIV
    ),
    "ins.already": Refusal(
        "Cette identité porte déjà un matricule INS : vérifiez-le plutôt que de le demander de nouveau.", RNIV
    ),
    "ins.missing": Refusal(
        "Cette identité ne porte pas de matricule INS : interrogez d’abord l’INSi.", RNIV
    ),
    "answer.one": Refusal("L’INSi n’a pas rendu une identité et une seule.", "Guide d’intégration INSi, codes retour"),
    "answer.same": Refusal("L’INSi n’a pas confirmé ces traits.", "Guide d’intégration INSi, vérification"),
    "answer.other": Refusal("L’INSi n’a pas démenti ces traits.", "Guide d’intégration INSi, vérification"),
    "status.already": Refusal("L’identité a déjà ce statut.", RNIV),
    "status.lowest": Refusal("Cette identité est déjà provisoire.", RNIV),
    "correct.qualified": Refusal(
        "Une identité qualifiée ne se corrige pas : ses traits sont ceux de l’état civil. Si elle est fausse, "
        "revenez d’abord au statut provisoire en disant pourquoi.",
        "RNIV 1, modification d’une identité qualifiée",
    ),
}  # fmt: skip

_NEEDS: Final[Mapping[str, Callable[[Standing, Facts], str]]] = {
    "ours": lambda at, given: "" if given.is_ours else "ours",
    "by_hand": lambda at, given: "" if given.is_by_hand else "by_hand",
    "clear": lambda at, given: "clear" if at.attribute in BARRED else "",
    "not_barred": lambda at, given: "not_barred" if at.attribute in BARRED else "",
    "bare": lambda at, given: "bare" if at.attribute else "",
    "barred": lambda at, given: "" if at.attribute in BARRED else "barred",
    "namesake": lambda at, given: "" if at.attribute == HOMONYM else "namesake",
    "complete": lambda at, given: "" if given.is_complete else "complete",
    "ins": lambda at, given: "" if at.has_ins else "ins",
    "reason": lambda at, given: "" if len(given.reason.strip()) >= LEAST_REASON else "reason",
    "proof": lambda at, given: refused_proof(
        given.proof, is_minor=given.is_minor, parent_seen=given.parent_seen
    ),
    "answer.one": lambda at, given: "" if given.answer == "one" else "answer.one",
    "answer.same": lambda at, given: "" if given.answer == "same" else "answer.same",
    "answer.other": lambda at, given: "" if given.answer == "other" else "answer.other",
}


def refusal(act: str, at: Standing, given: Facts, *, asks: bool = False) -> str:
    """Why this act is refused now (a key of `REFUSALS`); empty when it is allowed.

    `asks` is for whoever only wonders whether to offer the act: what a form will bring (reason, proof) and what
    the service will answer are left out.
    """
    move = MOVES.get(act)
    if move is None:
        return "act.unknown"
    if at.attribute == EMERGENCY:
        return "emergency"
    for need in move.needs:
        is_brought = need in ("reason", "proof") or need.startswith("answer.")
        if not (asks and is_brought) and (code := _NEEDS[need](at, given)):
            return code
    return "" if at.status in move.after else move.else_refusal


def decide(act: str, at: Standing, given: Facts) -> Standing:
    """The standing after an act.

    Raises:
        MoveRefusedError: with the code of what is missing.
    """
    if code := refusal(act, at, given):
        raise MoveRefusedError(code)
    move = MOVES[act]
    after = replace(at, status=move.after[at.status])
    if move.sets_attribute is not None:
        after = replace(after, attribute=move.sets_attribute)
    if act == "validate":
        after = replace(after, proof=given.proof)
    if move.takes_ins:
        after = replace(after, has_ins=True)
    if move.drops_ins:
        after = replace(after, has_ins=False)
    return replace(after, proof="") if move.drops_proof else after


NEXT: Final[Mapping[str, tuple[str, str]]] = {
    "provisional": (
        "Identité validée ou récupérée",
        "Contrôler une pièce d’identité à haut niveau de confiance, ou interroger l’INSi.",
    ),
    "retrieved": (
        "Identité qualifiée",
        "Contrôler une pièce d’identité à haut niveau de confiance : l’INSi a déjà répondu.",
    ),
    "validated": ("Identité qualifiée", "Interroger l’INSi : une pièce a déjà été contrôlée."),
    "qualified": ("", ""),
}
"""Status to the next one and what leads there."""
