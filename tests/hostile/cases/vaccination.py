"""Vaccination: campaigns of the region's team, doses of one place, papers."""

from typing import Any

from django.urls import reverse

from enrs.core.access.actor import acting
from enrs.referentials.circles.models import Member
from enrs.referentials.identity.rules import Traits
from enrs.services.vaccination import attestations, commands
from enrs.services.vaccination.rules.eligibility import ROLES
from enrs.services.vaccination.rules.questions import Question
from tests.factories import user_of_role
from tests.hostile.table import case, feed, part
from tests.hostile.world import World, actor_for
from tests.services.vaccination.factories import (
    AGE,
    campaign,
    campaign_content,
    declared,
    event,
    given,
    prescribed,
    vaccine,
    vaccine_content,
)

V = "services.vaccination"
SUMMARY: dict[str, Any] = {"category": "summary"}
OWN: dict[str, Any] = SUMMARY | {"placed": True}
TEAM: dict[str, Any] = {"roles": ("operator",)}
REASON = "Mauvais dossier"


def dose(w: World) -> Any:
    return declared(w.patient.pk, w.actor)


def waiting(w: World) -> Any:
    return prescribed(w.patient.pk, w.actor)


def withdrawn(w: World) -> Any:
    made = dose(w)
    with w.as_right():
        commands.withdraw_act(act=made, reason=REASON, expected_version=made.version)
    return made


def happened(w: World) -> Any:
    made = dose(w)
    with w.as_right():
        return commands.declare_adverse_event(act=made, event=event())


def with_doctor(w: World) -> None:
    """The person's declared doctor, in their circle."""
    user = w.inside("physician")
    Member.objects.create(
        patient=w.patient, block="care_team", basis="care_team", practitioner_id=user.grantee_id,
        display=user.name, role_label="Médecin traitant",
    )  # fmt: skip


@case(f"{V}.create_campaign", "operator", **TEAM)
def create_campaign(w: World) -> dict[str, Any]:
    return {"content": campaign_content()}


@case(f"{V}.amend_campaign", "operator", **TEAM)
def amend_campaign(w: World) -> dict[str, Any]:
    made = campaign()
    return {"campaign": made, "content": campaign_content(), "expected_version": made.version}


@case(f"{V}.create_vaccine", "operator", **TEAM)
def create_vaccine(w: World) -> dict[str, Any]:
    return {"content": vaccine_content()}


@case(f"{V}.amend_vaccine", "operator", **TEAM)
def amend_vaccine(w: World) -> dict[str, Any]:
    made = vaccine()
    return {"vaccine": made, "content": vaccine_content(), "expected_version": made.version}


@case(f"{V}.open_vaccination_file", "pharmacist", roles=ROLES)
def open_vaccination_file(w: World) -> dict[str, Any]:
    traits = Traits(
        birth_name="RIVOAL", first_given_name="SYLVIE", given_names="SYLVIE", birth_date="1948-03-14", sex="F",
    )  # fmt: skip
    return {"traits": traits, "is_informed": True}


@case(f"{V}.prescribe", "pharmacist", **SUMMARY)
def prescribe(w: World) -> dict[str, Any]:
    return {"patient_id": w.patient.pk, "campaign": campaign(), "ground": AGE}


@case(f"{V}.prescribe_exception", "physician", **SUMMARY)
def prescribe_exception(w: World) -> dict[str, Any]:
    found = campaign()
    declared(w.patient.pk, actor_for(w.inside("pharmacist")), found)
    return {"patient_id": w.patient.pk, "campaign": found, "ground": AGE, "reason": REASON}


@case(f"{V}.write_questions", "operator", **TEAM)
def write_questions(w: World) -> dict[str, Any]:
    """Questions that were written before, which their next version replaces."""
    with w.as_right():
        made = commands.write_questions(
            title="Avant un vaccin d’essai", questions=[Question("stop", "A de la fièvre")]
        )
    return {
        "title": made.title, "questions": [Question("doctor", "A de la fièvre")], "name": made.name,
        "expected_version": 1,
    }  # fmt: skip


@case(f"{V}.withdraw_prescription", "pharmacist", **OWN)
def withdraw_prescription(w: World) -> dict[str, Any]:
    return {"prescription": waiting(w)}


@case(f"{V}.declare_act", "pharmacist", **SUMMARY)
def declare_act(w: World) -> dict[str, Any]:
    return {
        "patient_id": w.patient.pk, "campaign": campaign(), "vaccine": vaccine(), "given": given(), "ground": AGE,
    }  # fmt: skip


@case(f"{V}.amend_act", "pharmacist", **OWN)
def amend_act(w: World) -> dict[str, Any]:
    made = dose(w)
    return {
        "act": made, "vaccine": vaccine(), "given": given(lot="AB13"), "reason": REASON,
        "expected_version": made.version,
    }  # fmt: skip


@case(f"{V}.withdraw_act", "pharmacist", **OWN)
def withdraw_act(w: World) -> dict[str, Any]:
    made = dose(w)
    return {"act": made, "reason": REASON, "expected_version": made.version}


@case(f"{V}.restore_act", "pharmacist", **OWN)
def restore_act(w: World) -> dict[str, Any]:
    made = withdrawn(w)
    return {"act": made, "reason": REASON, "expected_version": made.version}


@case(f"{V}.declare_adverse_event", "nurse", **SUMMARY)
def declare_adverse_event(w: World) -> dict[str, Any]:
    return {"act": dose(w), "event": event()}


@case(f"{V}.withdraw_adverse_event", "nurse", **OWN)
def withdraw_adverse_event(w: World) -> dict[str, Any]:
    return {"event": happened(w), "reason": REASON}


@case(f"{V}.attest", "pharmacist", **SUMMARY)
def attest(w: World) -> dict[str, Any]:
    return {"act": dose(w)}


@case(f"{V}.tell_doctor", "pharmacist", **SUMMARY)
def tell_doctor(w: World) -> dict[str, Any]:
    with_doctor(w)
    return {"act": dose(w)}


feed("brings the release's campaigns after a migration, as the owner", f"{V}.take_in_shipped")
part(
    "say who may and what an act leaves behind, for the commands that call them",
    "services.vaccination.commands.traces",
)
part(
    "of a prescription, for the command that checked who prescribes",
    *(f"{V}.{name}" for name in ("check_standing", "check_ground", "write_prescription")),
)
part("says in a conversation that a dose was taken back, once that was decided", f"{V}.retell")


def lived_in(w: World) -> str:
    """Everything once in a record: a dose with an event and a paper, one taken back, one to come; and questions.

    Returns the public address of the paper.
    """
    by = actor_for(w.inside("physician"))
    plain = campaign(name="Sans questions", dose_count=5)
    campaign(dose_count=5, form_name="vaccination-grippe")
    made = declared(w.patient.pk, by, plain)
    back = declared(w.patient.pk, by, campaign(name="Retirée", dose_count=5))
    with acting(by):
        commands.declare_adverse_event(act=made, event=event())
        paper = commands.attest(act=made)
        commands.withdraw_act(act=back, reason=REASON, expected_version=back.version)
        commands.prescribe(patient_id=w.patient.pk, campaign=plain, ground=AGE)
    with acting(actor_for(user_of_role("operator"))):
        commands.write_questions(
            title="Avant un vaccin d’essai", questions=[Question("stop", "A de la fièvre")]
        )
    return reverse("vaccination:check", args=[attestations.token_of(paper.pk)])
