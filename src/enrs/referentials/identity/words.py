"""Words of identities for people: who sent one, what was asked of the national service and what it said."""

from enrs.core.ui.filters import moment
from enrs.referentials.identity.commands.answers import OUTCOMES
from enrs.referentials.identity.insi.contract import ADVICE, NONE, SEVERAL
from enrs.referentials.identity.models import InsCheck, SourceIdentity

ATTRIBUTES = {
    "doubtful": ("Douteuse", "alerte", "question-diamond-fill"),
    "fictive": ("Fictive", "alerte", "mask"),
    "emergency": ("D’urgence, sans traits", "alerte", "exclamation-octagon-fill"),
    "homonym": ("Homonyme", "attention", "people"),
}
"""RNIV attribute to its word, its tone and its icon."""

TRAITS = {
    "birth_name": "nom de naissance", "first_given_name": "premier prénom", "given_names": "liste des prénoms",
    "birth_date": "date de naissance", "sex": "sexe", "birth_place_code": "lieu de naissance",
    "ins": "matricule INS", "used_name": "nom utilisé", "used_given_name": "prénom utilisé",
    "status": "statut", "attribute": "attribut", "proof": "pièce contrôlée", "phone": "téléphone",
    "email": "adresse électronique", "address": "adresse", "postal_code": "code postal", "city": "commune",
    "deceased_at": "décès", "multiple_birth": "naissance multiple", "collected_by": "mode de recueil",
}  # fmt: skip
"""Trait to its words, in the order in which the RNIV has them shown."""

DOWN = {
    "not_connected": "Le téléservice INSi n’est pas raccordé à cette installation",
    "timeout": "Le téléservice INSi ne répond pas",
}


def sender_words(identity: SourceIdentity) -> str:
    """A sender's key (`application|facility`) for a person: the facility, then its software."""
    return key_words(identity.sender) or identity.system


def key_words(key: str) -> str:
    """The same for what signed a version: a sender's key, or a person's name as it is."""
    return " · ".join(part for part in reversed(key.split("|")) if part)


def trait_words(names: list[str]) -> str:
    """Names of traits as a list, in their order."""
    return ", ".join(words for name, words in TRAITS.items() if name in names)


def waiting_words(check: InsCheck) -> str:
    """What a question waits for."""
    if not check.error:
        return "Question en cours : la réponse s’affiche ici."
    said = DOWN.get(check.error, "Le téléservice INSi ne répond pas")
    return f"{said} : votre question est gardée, nouvel essai le {moment(check.due_at)}."


def answer_words(check: InsCheck) -> tuple[str, str]:
    """(tone, words) of the last answer about an identity."""
    if check.state == InsCheck.State.GIVEN_UP:
        return (
            "attention",
            "Le téléservice INSi n’a pas répondu pendant trois jours : posez la question de nouveau.",
        )
    if check.code in (NONE, SEVERAL):
        return "attention", ADVICE[check.code]
    fields = trait_words(check.fields)
    if check.outcome == "differs":
        return "alerte", (
            f"L’INSi rend une personne dont ces traits diffèrent : {fields}. Rien n’a été changé : relisez la "
            "pièce d’identité, corrigez, puis recommencez."
        )
    if check.outcome == "taken_off":
        which = f" ({fields})" if fields else ""
        return "alerte", (
            f"L’INSi dément ce matricule{which} : il a été retiré, l’identité est douteuse et la cellule d’identité "
            "est prévenue."
        )
    if check.outcome == "moved_on":
        return "information", "L’identité a changé avant la réponse : posez la question de nouveau."
    replaced = f" Traits repris de l’état civil : {fields}." if fields else ""
    return "sûr", f"{OUTCOMES.get(check.outcome, 'Répondu')}.{replaced}"
