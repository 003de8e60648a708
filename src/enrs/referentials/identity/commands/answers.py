"""What the national service answered, applied by the worker: retrieved, qualified, confirmed, taken off."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.commands.items import open_work_item
from enrs.referentials.identity.commands.keeping import (
    by_its_clock,
    facts_of,
    keep,
    sign,
    standing_of,
)
from enrs.referentials.identity.commands.receive import receive_identity
from enrs.referentials.identity.insi.contract import ONE, Asked, Claim, Found, Verdict
from enrs.referentials.identity.models import InsCheck, SourceIdentity, WorkItem

LEASE = timedelta(minutes=3)
"""A question taken by a worker that died is taken again after this time."""

DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
GIVES_UP = timedelta(days=3)
"""A service down so long: the question is given up, and says so."""

OUTCOMES = {
    "retrieved": "INS récupérée",
    "qualified": "Identité qualifiée",
    "kept": "INS confirmée",
    "taken_off": "INS démentie et retirée",
    "none": "Personne trouvée par l’INSi",
    "several": "Plusieurs personnes trouvées",
    "differs": "L’INSi rend d’autres traits",
    "refused": "Matricule de test refusé en production",
    "moved_on": "L’identité a changé entre-temps",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question that a worker took, with the identity as it stood then."""

    check: InsCheck
    identity: SourceIdentity

    @property
    def asked(self) -> Asked:
        """The traits to send."""
        return asked_of(self.identity)


def asked_of(identity: SourceIdentity) -> Asked:
    """What is sent of an identity: its strict traits and every given name, nothing else."""
    return Asked(
        birth_name=identity.birth_name, first_given_name=identity.first_given_name,
        birth_date=identity.birth_date, sex=identity.sex, given_names=identity.given_names,
        birth_place_code=identity.birth_place_code,
    )  # fmt: skip


def claim_of(identity: SourceIdentity) -> Claim:
    """The INS of an identity with the traits that it is held for."""
    return Claim(identity.ins, identity.ins_oid, asked_of(identity))


def take_questions(limit: int = 20) -> list[Question]:
    """Take the questions that are due; one that may no longer be asked is closed instead.

    A doubtful or fictitious identity is never sent.
    """
    now = datetime.now(UTC)
    with act():
        with connection.cursor() as cursor:
            cursor.execute(
                "update identity_ins_check set due_at = %s where id in ("
                "select id from identity_ins_check where state = 'waiting' and due_at <= %s "
                "order by due_at, id limit %s for update skip locked) returning id",
                [now + LEASE, now, limit],
            )
            ids = [row[0] for row in cursor.fetchall()]
        checks = InsCheck.objects.filter(pk__in=ids).select_related("identity").order_by("id")
        found = [Question(one, one.identity) for one in checks]
        for one in found:
            if not may_be_sent(one):
                _close(one.check, outcome="moved_on")
    return [one for one in found if one.check.state == InsCheck.State.WAITING]


def is_any_due() -> bool:
    """Whether a question waits and is due."""
    due = InsCheck.objects.filter(state=InsCheck.State.WAITING, due_at__lte=datetime.now(UTC))
    return due.exists()


def may_be_sent(question: Question) -> bool:
    """Whether the table of moves still allows what was asked."""
    acts = {"traits": "retrieve", "card": "retrieve", "verify": "confirm"}
    identity = question.identity
    at, facts = standing_of(identity), facts_of(identity, is_ours=True)
    if question.check.kind == InsCheck.Kind.QUALIFY:
        return at.has_ins and bool(at.proof) and at.attribute not in rules.BARRED
    if identity.absorbed_into_id is not None:
        return False
    return not rules.refusal(acts[question.check.kind], at, facts, asks=True)


def put_off(question: Question, code: str) -> None:
    """No answer came: the question waits and is asked again, later and later, three days long."""
    check, now = question.check, datetime.now(UTC)
    with act():
        check.attempts, check.error = check.attempts + 1, code[:40]
        check.due_at = now + DELAYS[min(check.attempts, len(DELAYS)) - 1]
        if now - check.asked_at > GIVES_UP:
            check.state, check.sealed = InsCheck.State.GIVEN_UP, ""
        check.save(update_fields=["attempts", "error", "due_at", "state", "sealed"])
        store.tell("identity.ins.waits", question.identity.patient_id)


def settle_search(question: Question, found: Found) -> str:
    """Apply the answer of a search; gives the outcome.

    The national traits replace the local ones in a new version (RNIV), unless they are of somebody else.
    """
    with act():
        now = _as_asked(question)
        if now is None:
            return _close(question.check, outcome="moved_on", identity=question.identity)
        if found.code != ONE or found.identity is None:
            outcome = "none" if found.code == "01" else "several"
            return _close(question.check, outcome=outcome, code=found.code, identity=now)
        national = found.identity
        first = rules.first_of(now.first_given_name, national.given_names)
        by_card = question.check.kind == InsCheck.Kind.CARD
        traits = replace(
            now.traits, birth_name=national.birth_name, first_given_name=first,
            given_names=national.given_names, birth_date=national.birth_date, sex=national.sex,
            birth_place_code=national.birth_place_code, ins=national.ins, ins_oid=national.oid,
            collected_by="CV" if by_card else "INSI",
        )  # fmt: skip
        comparison = rules.compare(now.traits, traits)
        if not comparison.may_link:
            return _close(
                question.check, outcome="differs", code=ONE, identity=now, fields=comparison.fields
            )
        after = rules.decide(
            "retrieve", standing_of(now), replace(facts_of(now, is_ours=True), answer="one")
        )
        try:
            _receive(now, replace(traits, status=after.status), question.check)
        except rules.IdentityRefusedError:
            return _close(question.check, outcome="refused", code=ONE, identity=now)
        return _close(
            question.check, outcome=after.status, code=ONE, identity=now,
            fields=_replaced(now.traits, traits),
        )  # fmt: skip


def settle_verification(question: Question, verdict: Verdict) -> str:
    """Apply a verdict: confirmed keeps the INS, denied takes it off, and the identity unit is told."""
    with act():
        now = _as_asked(question)
        if now is None or not now.ins or now.ins != question.identity.ins:
            return _close(question.check, outcome="moved_on", identity=question.identity)
        facts = facts_of(now, is_ours=True)
        if verdict.is_same:
            rules.decide("confirm", standing_of(now), replace(facts, answer="same"))
            return _close(question.check, outcome="kept", code=verdict.code, identity=now)
        after = rules.decide("take_off", standing_of(now), replace(facts, answer="other"))
        bare = replace(now.traits, ins="", ins_oid="", status=after.status, proof=after.proof)
        keep(now, bare, after, by=_signature(question.check))
        open_work_item(
            kind=WorkItem.Kind.INS_REFUSED, identity_ids=[now.id], patient_ids=[now.patient_id],
            evidence={"codes": ["insi.denied"], "fields": list(verdict.fields)}, sender=now.sender,
        )  # fmt: skip
        return _close(
            question.check,
            outcome="taken_off",
            code=verdict.code,
            identity=now,
            fields=verdict.fields,
        )


def settle_qualification(question: Question) -> str:
    """A document was seen for a retrieved identity: it becomes qualified, where its INS leads."""
    with act():
        now = _as_asked(question)
        if now is None or not may_be_sent(Question(question.check, now)):
            return _close(question.check, outcome="moved_on", identity=question.identity)
        facts = replace(facts_of(now, is_ours=True), proof=now.proof, parent_seen=True)
        after = rules.decide("validate", standing_of(now), facts)
        _receive(now, replace(now.traits, status=after.status), question.check)
        return _close(question.check, outcome=after.status, identity=now)


def _receive(identity: SourceIdentity, traits: rules.Traits, check: InsCheck) -> None:
    kept = receive_identity(
        system=identity.system, value=identity.value, traits=traits, is_confirmed=True,
        **by_its_clock(identity),
    )  # fmt: skip
    if kept.ins and not identity.ins:
        # What is known of this identity until now is what its source said.
        stamp = rules.obtained_stamp(datetime.now(UTC), _signature(check), identity.traits)
        SourceIdentity.objects.filter(pk=kept.pk).update(
            stamps=kept.stamps | {rules.BY_SERVICE: stamp}
        )
    sign(identity, kept, _signature(check))


def _signature(check: InsCheck) -> str:
    return f"INSi, pour {check.asked_by}" if check.asked_by else "INSi"


def _as_asked(question: Question) -> SourceIdentity | None:
    """The identity, its row locked, if what was asked about it still holds."""
    now = SourceIdentity.objects.select_for_update().get(pk=question.identity.pk)
    same = asked_of(now) == asked_of(question.identity) and now.ins == question.identity.ins
    if not same or now.attribute in rules.BARRED or now.status != question.identity.status:
        return None
    return now


def _close(
    check: InsCheck,
    *,
    outcome: str,
    code: str = "",
    identity: SourceIdentity | None = None,
    fields: Sequence[str] = (),
) -> str:
    """Write the answer and its line; what the card said is forgotten."""
    check.state, check.outcome, check.code = InsCheck.State.DONE, outcome, code
    check.fields, check.sealed, check.error = list(fields), "", ""
    check.answered_at = datetime.now(UTC)
    check.save(
        update_fields=["state", "outcome", "code", "fields", "sealed", "error", "answered_at"]
    )
    if identity is not None:
        patient_id = _patient_of(identity.id)
        note(
            f"identity.ins.{outcome}", patient_id=patient_id, object_kind="identity",
            object_id=identity.id, details={"code": code, "fields": list(fields)},
        )  # fmt: skip
        store.tell("identity.ins.answered", patient_id)
    return outcome


def _patient_of(identity_id: UUID) -> UUID:
    """Where an identity leads now."""
    found: UUID = SourceIdentity.objects.values_list("patient_id", flat=True).get(pk=identity_id)
    return found


def _replaced(before: rules.Traits, after: rules.Traits) -> list[str]:
    """The strict traits that the national ones replaced."""
    return [name for name in rules.STRICT if getattr(before, name) != getattr(after, name)]
