"""What the desk offers: its entry in the rail of the data-protection officer, and one's own openings."""

from enrs.core.access.actor import Actor
from enrs.core.access.rules import may_break_glass
from enrs.core.ui.registry import Offer, offer


def _reviews(actor: Actor) -> bool:
    return actor.role == "auditor"


def _opens(actor: Actor) -> bool:
    """Who may break the glass; a referent finds the list of their structure on the same page."""
    return actor.kind == "professional" and may_break_glass(actor.role)


def _is_person(actor: Actor) -> bool:
    return actor.kind == "person"


offer(
    Offer(
        key="rights_glasses",
        label="Bris de glace à relire",
        icon="shield-exclamation",
        url_name="rights:glasses",
        summary="Les dossiers ouverts en urgence : qui, pourquoi, ce qui a été lu, et votre réponse",
        is_for=_reviews,
        order=84,
    )
)
offer(
    Offer(
        key="rights_reviews",
        label="Accès à expliquer",
        icon="question-circle",
        url_name="rights:reviews",
        summary="Les accès ordinaires sur lesquels le référent d’une structure demande une explication",
        is_for=_reviews,
        order=84,
    )
)
offer(
    Offer(
        key="rights_own",
        label="Mes bris de glace",
        icon="shield-exclamation",
        url_name="rights:own",
        summary="Les dossiers que vous avez ouverts en urgence, et ce qu’on vous en demande",
        is_for=_opens,
        order=84,
    )
)
offer(
    Offer(
        key="rights_requests",
        label="Droits des personnes",
        icon="person-check",
        url_name="rights:requests",
        summary="Les demandes d’accès, de copie, de correction, de limitation et d’opposition",
        is_for=_reviews,
        order=83,
    )
)
offer(
    Offer(
        key="rights_retention",
        label="Fin de conservation",
        icon="hourglass-bottom",
        url_name="rights:retention",
        summary="Les dossiers arrivés au terme de leur conservation : prolonger, ou approuver l’élimination",
        is_for=_reviews,
        order=85,
    )
)
offer(
    Offer(
        key="rights_mine",
        label="Mes droits",
        icon="person-check",
        url_name="rights:mine",
        summary="Demander une copie de mes données, une correction, ou m’opposer à un usage",
        is_for=_is_person,
        order=84,
    )
)
