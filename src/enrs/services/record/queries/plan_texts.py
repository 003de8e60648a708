"""The plan of a person as the parts of a document: who, situation, problems, goals and actions, agreements."""

from uuid import UUID

from enrs.core.plans import queries as plans
from enrs.core.plans.kinds import declared
from enrs.core.plans.models import Plan
from enrs.core.ui import filters
from enrs.formats.cda.builder import Block, Table
from enrs.formats.cda.checks import printable


def plan_texts(patient_id: UUID) -> dict[str, tuple[Block, ...]]:
    """The texts of a plan's document by the parts that say them; none without an open plan."""
    found = _open_plan(patient_id)
    if found is None:
        return {}
    whole = plans.whole(found)
    labels: dict[UUID | None, str] = {one.pk: one.label for one in whole.problems}
    team = (
        [f"Référent : {found.referent_name}, {found.referent_label}".rstrip(", ")]
        if found.referent_name
        else []
    )
    return {
        "team": tuple(_clean(one) for one in team),
        "situation": _paragraphs(*_standing(found), found.situation, found.wishes, found.synthesis),
        "problems": _table(
            ("Priorité", "Situation", "Précisions"),
            [(str(one.priority), one.label, one.detail) for one in whole.problems if not one.is_resolved],
        ),
        "goals": (
            *_table(
                ("Situation", "Objectif", "Critère", "Échéance", "État"),
                [
                    (labels.get(one.problem_id, ""), one.text, one.criteria, filters.date_fr(one.due_on),
                     one.get_status_display())
                    for one in whole.goals
                ],
            ),
            *_table(
                ("Action", "Qui", "Échéance", "État"),
                [
                    (one.text, one.who_label, filters.date_fr(one.due_on), one.get_status_display())
                    for one in whole.actions
                ],
            ),
        ),
        "unsettled": _table(
            ("Objectif", "Pourquoi"), [(one.text, one.why) for one in whole.unsettled],
        ),
        "agreements": _table(
            ("Qui", "Réponse", "Le"),
            [
                (one.agreement.party_label, one.agreement.get_answer_display(),
                 filters.date_fr(one.agreement.answered_at))
                for one in whole.parties if not one.is_past
            ],
        ),
    }  # fmt: skip


def _open_plan(patient_id: UUID) -> Plan | None:
    """Of the open plans, the one whose kind comes first; then that under way; then the last changed."""
    open_ones = [one for one in plans.plans_of(patient_id) if one.status in ("active", "draft")]
    return min(open_ones, key=lambda one: (_comes_later(one), one.status != "active"), default=None)


def _standing(found: Plan) -> tuple[str, ...]:
    """Which plan it is, and what it is worth: in preparation or not, validated, signed, or changed since."""
    kind = declared(found.kind)
    validated = "validé" if found.is_validated else "non validé"
    signed = "signé par la personne ou qui décide pour elle" if found.is_signed else "non signé"
    if found.validated_at and not found.is_validated:
        validated = "modifié depuis sa validation"
    if found.signed_at and not found.is_signed:
        signed = "modifié depuis sa signature"
    name = kind.label if kind else found.title
    return (
        f"{name}, édition n° {found.edition} : {found.get_status_display().lower()}, {validated}, {signed}.",
    )


def _comes_later(plan: Plan) -> bool:
    kind = declared(plan.kind)
    return kind is None or not kind.comes_first


def _table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> tuple[Block, ...]:
    if not rows:
        return ()
    return (Table(headings, tuple(tuple(_clean(str(cell or "")) for cell in row) for row in rows)),)


def _paragraphs(*texts: str) -> tuple[Block, ...]:
    return tuple(_clean(line) for text in texts for line in text.splitlines() if line.strip())


def _clean(text: str) -> str:
    return " ".join(printable(text).split())
