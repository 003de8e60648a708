"""Reads of the page « Identité »: where each source stands, what is missing, what changed; and the campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from enrs.core.access.actor import Actor
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands.keeping import facts_of, own_systems, standing_of
from enrs.referentials.identity.models import IdentityVersion, InsCheck, InsRun, SourceIdentity

MOST_SOURCES = 30
VERSIONS = 10


@dataclass(frozen=True, slots=True)
class Source:
    """One source identity as the page shows it.

    `why` gives, for each act of the table, why it is refused now (a key of `rules.REFUSALS`, empty when it may be
    done): what the form or the service will bring is left out.
    """

    identity: SourceIdentity
    is_ours: bool
    why: dict[str, str]
    waiting: InsCheck | None = None
    answered: InsCheck | None = None

    @property
    def missing(self) -> tuple[str, str]:
        """The next status and what leads there; the reason that stops it, when something does."""
        name, how = rules.NEXT[self.identity.shown_status]
        stopped = (
            self.why["validate"] if self.identity.status != "validated" else self.why["retrieve"]
        )
        if stopped in ("clear", "complete", "emergency"):
            return name, rules.REFUSALS[stopped].text
        return name, how

    def may(self, act: str) -> bool:
        """Whether an act may be offered."""
        return not self.why[act]


def sources(patient_id: UUID, by: Actor) -> list[Source]:
    """The identities of a patient, those of one's own place first, with their open and last questions."""
    rows = SourceIdentity.objects.filter(patient_id=patient_id, absorbed_into=None)
    found = list(rows.order_by("-changed_at", "-id")[:MOST_SOURCES])
    own = own_systems(by) if by.kind == "professional" else frozenset()
    waiting, answered = _questions([one.id for one in found])
    shown = [
        source(
            one,
            is_ours=one.system in own,
            waiting=waiting.get(one.id),
            answered=answered.get(one.id),
        )
        for one in found
    ]
    return sorted(shown, key=lambda one: not one.is_ours)


def source(
    identity: SourceIdentity,
    *,
    is_ours: bool,
    waiting: InsCheck | None = None,
    answered: InsCheck | None = None,
) -> Source:
    """An identity with what may be done with it."""
    at, facts = standing_of(identity), facts_of(identity, is_ours=is_ours)
    why = {act: rules.refusal(act, at, facts, asks=True) for act in rules.MOVES}
    if why["correct"] == "correct.qualified":
        # An address or a used name is corrected all the same: the command refuses the strict traits alone.
        why["correct"] = ""
    return Source(identity, is_ours, why, waiting, answered)


def _questions(ids: Sequence[UUID]) -> tuple[dict[UUID, InsCheck], dict[UUID, InsCheck]]:
    """The open question and the last closed one of each identity."""
    checks = InsCheck.objects.filter(identity_id__in=ids)
    is_open = [InsCheck.State.WAITING, InsCheck.State.SENT]
    waiting = {one.identity_id: one for one in checks.filter(state__in=is_open).order_by("id")}
    closed = (
        checks.exclude(state__in=is_open).order_by("identity_id", "-id").distinct("identity_id")
    )
    return waiting, {one.identity_id: one for one in closed}


@dataclass(frozen=True, slots=True)
class Change:
    """One version of an identity: what it changed of the one before (all that it told, for the first)."""

    version: IdentityVersion
    fields: list[str]


def history(identity: SourceIdentity, *, before: int = 0) -> tuple[list[Change], int]:
    """The versions of an identity, the newest first, and the number of the first of the next page (or 0)."""
    rows = IdentityVersion.objects.filter(identity=identity)
    if before:
        rows = rows.filter(version__lt=before)
    found = list(rows.order_by("-version")[: VERSIONS + 1])
    shown = found[:VERSIONS]
    changes = [
        Change(one, _changed(former, one))
        for one, former in zip(shown, [*found[1:], None], strict=False)
    ]
    return changes, shown[-1].version if len(found) > VERSIONS else 0


def _changed(former: IdentityVersion | None, one: IdentityVersion) -> list[str]:
    names = (*rules.TRAIT_FIELDS, "attribute")
    if former is None:
        return []
    return [name for name in names if getattr(former, name) != getattr(one, name)]


def runs() -> list[InsRun]:
    """The last campaigns, the newest first."""
    return list(InsRun.objects.order_by("-id")[:10])


def run(key: UUID) -> InsRun | None:
    """One campaign."""
    return InsRun.objects.filter(pk=key).first()


def years() -> int:
    """After how many years an INS is verified again."""
    return int(settings.REGION.ins_check_years)
