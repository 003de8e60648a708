"""What an answer to a plan keeps: the edition that was shown, by what right, one for two taps; what stands of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.plans import kinds, queries
from enrs.core.plans.commands.shared import PlanRefusedError, leave
from enrs.core.plans.models import Agreement, Plan

MAX_REMARK = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """An edition as whoever signs was shown it, and since when it was there to be signed."""

    edition: int
    content: dict[str, Any]
    since: date


def shown(plan: Plan, paper: int | None) -> Shown:
    """The present edition, or that of a sheet, kept when it was printed (PlanRefusedError `paper`)."""
    if paper is None or paper == plan.edition:
        since = legal_day(plan.edition_at or plan.changed_at)
        return Shown(plan.edition, queries.whole(plan).content, since)
    known = queries.printed(plan, paper)
    if known is None:
        raise PlanRefusedError("paper", "paper_edition")
    return Shown(paper, known.former["content"], legal_day(known.at))


def capacity(plan: Plan, party: str, party_id: UUID | None, label: str) -> str:
    """By what right a representative who answers decides; empty for one who gives an opinion."""
    if party != "proxy":
        return ""
    name = " ".join(label.lower().split())
    found = next(
        (
            one
            for one in kinds.deciders_of(plan.patient_id)
            if one.party == "proxy"
            and (one.grantee_id == party_id if party_id else one.name.lower() == name)
        ),
        None,
    )
    return found.capacity[:200] if found else ""


def leave_answer(plan: Plan, what: str, given: Agreement) -> None:
    """The traces of an answer: which one, on which edition, and of a signature the print of what was signed."""
    told = {"agreement": str(given.pk), "edition": given.edition, "answer": given.answer}
    if given.content_hash:
        told["hash"] = given.content_hash
    leave(plan, what, label=given.party_label, is_content=False, told=told)


def _known(plan: Plan, made: Agreement) -> Agreement | None:
    """The same answer, when nothing was said since by its party: a second tap of the same hand.

    The person and who decides for them are one party: what one said undoes what the other did.
    """
    rows = Agreement.objects.filter(plan=plan, withdrawn_at=None)
    if made.party == "actor":
        rows = rows.filter(party="actor", party_id=made.party_id)
        rows = rows.filter(party_label__iexact=made.party_label)
    else:
        rows = rows.exclude(party="actor")
    last = rows.order_by("-answered_at", "-id").first()
    same = (
        "party", "party_id", "party_label", "answer", "means", "remark", "edition", "part_print", "content_hash",
        "signed_name", "signed_on", "recorded_by_id",
    )  # fmt: skip
    if last is None or any(getattr(last, name) != getattr(made, name) for name in same):
        return None
    return last


def keep(
    plan: Plan, *, party_label: str, remark: str, edition: int | None = None, **values: Any
) -> tuple[Agreement, bool]:
    """The answer, and whether it is new."""
    by = current_actor()
    if len(remark) > MAX_REMARK:
        raise PlanRefusedError("long", "remark")
    made = Agreement(
        id=uuid7(),
        patient_id=plan.patient_id,
        identity_id=plan.identity_id,
        plan=plan,
        party_label=party_label.strip()[:200],
        remark=remark.strip(),
        revision=plan.revision,
        edition=edition or plan.edition,
        answered_at=timezone.now(),
        recorded_by=by.name[:200],
        recorded_by_id=by.user_id,
        **values,
    )
    if known := _known(plan, made):
        return known, False
    made.save(force_insert=True)
    return made, True


def stand(plan: Plan) -> None:
    """The plan is signed, or is not any more, by what the person and who decides for them said and nobody took back."""
    one = queries.signature_that_stands(queries.said_for_the_person(plan))
    plan.signed_at = one.answered_at if one else None
    plan.signed_by = one.party_label if one else ""
    plan.signed_edition = one.edition if one else None
    plan.save(update_fields=["signed_at", "signed_by", "signed_edition"])
