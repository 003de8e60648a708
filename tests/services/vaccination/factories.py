"""A campaign of today, a box, a dose, and the answers before it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.ids import uuid7
from enrs.core.questionnaires.commands import save_answer, start_answer
from enrs.core.questionnaires.models import Answer
from enrs.services.record.fhir.entries import publish_entry
from enrs.services.vaccination import commands, queries
from enrs.services.vaccination.models import Act, Campaign, Prescription, Vaccine
from enrs.services.vaccination.rules.acts import Given
from enrs.services.vaccination.rules.questions import Question
from tests.factories import VaccinationFactory

GTIN, OTHER_GTIN = "09520000000011", "09520000000028"
GS = "\x1d"
AGE = "65 ans et plus"
FORM = "vaccination-grippe"
SAFE = {
    "ci-anaphylaxie": False, "ci-fievre": False, "av-allergie": False, "av-neurologique": False,
    "saignement": False, "accord": True,
}  # fmt: skip


def today() -> Any:
    return timezone.localdate()


def vaccine(gtin: str = GTIN, **fields: Any) -> Vaccine:
    """A vaccine whose box is known."""
    known = Vaccine.objects.filter(gtins__contains=[gtin]).first()
    values = {
        "name": "Vaccin d’essai",
        "disease": "Grippe d’essai",
        "code": "J07BB02",
        "gtins": [gtin],
    }
    return known or Vaccine.objects.create(id=uuid7(), **values | fields)


def campaign(**fields: Any) -> Campaign:
    """An open campaign without questions, for people of 65 and others."""
    everybody = {"physician": 0, "midwife": 0, "nurse": 11, "pharmacist": 11}
    values = {
        "name": "Campagne d’essai", "status": "open", "starts_on": today() - timedelta(days=30),
        "ends_on": today() + timedelta(days=60), "target_age": 65, "conditions": ["Maladie chronique"],
        "prescribers": everybody, "vaccinators": everybody,
    }  # fmt: skip
    given = values | fields
    given.setdefault("vaccine_ids", [vaccine().pk])
    return Campaign.objects.create(id=uuid7(), **given)


def given(**fields: Any) -> Given:
    """A dose of now."""
    values = {
        "given_at": timezone.now(), "lot": "AB12", "expires_on": today() + timedelta(days=200), "site": "LA",
        "route": "IM", "dose_rank": 1, "gtin": GTIN,
    }  # fmt: skip
    return Given(**values | fields)


def box(gtin: str = GTIN, days: int = 200, lot: str = "AB12") -> str:
    """What a scanner types of a box."""
    day = today() + timedelta(days=days)
    return f"01{gtin}17{day:%y%m%d}10{lot}{GS}21SN0001"


def declared(patient_id: UUID, by: Actor, within: Campaign | None = None, **more: Any) -> Act:
    """A dose declared by somebody."""
    found = within or campaign()
    with acting(by):
        return commands.declare_act(
            patient_id=patient_id, campaign=found, vaccine=queries.vaccines_of(found)[0],
            **{"given": given(), "ground": AGE} | more,
        )  # fmt: skip


def prescribed(patient_id: UUID, by: Actor, within: Campaign | None = None) -> Prescription:
    with acting(by):
        return commands.prescribe(patient_id=patient_id, campaign=within or campaign(), ground=AGE)


def answered(patient_id: UUID, by: Actor, within: Campaign, **values: Any) -> Answer:
    """The questions of a campaign, answered by somebody."""
    with acting(by):
        answer = start_answer(
            form=within.form_name, patient_id=patient_id, subject=(queries.SUBJECT, within.pk)
        )
        return save_answer(
            answer=answer, values=SAFE | values, expected_version=answer.version, is_final=True
        )


def campaign_content(**fields: Any) -> commands.CampaignContent:
    values = {
        "name": "Zona 2027", "starts_on": today(), "vaccine_ids": [vaccine().pk], "status": "open",
        "vaccinators": {"pharmacist": 18}, "prescribers": {"pharmacist": 18},
    }  # fmt: skip
    return commands.CampaignContent(**values | fields)


def questions(*rows: tuple[str, str]) -> list[Question]:
    """Questions as the screen writes them: (effect, words)."""
    return [Question(*one) for one in rows or (("stop", "A de la fièvre aujourd’hui"),)]


def noted(patient: Any, display: str, given_on: str, **fields: Any) -> Any:
    """A vaccination that somebody noted in the summary."""
    made = VaccinationFactory(patient=patient, display=display, given_on=given_on, **fields)
    publish_entry(made)
    return made


def vaccine_content(**fields: Any) -> commands.VaccineContent:
    return commands.VaccineContent(**{"name": "Vaccin zona", "disease": "Zona"} | fields)


def event(**fields: Any) -> commands.NewEvent:
    values = {
        "began_on": today(), "seriousness": "mild", "outcome": "resolved", "description": "Rougeur au bras.",
    }  # fmt: skip
    return commands.NewEvent(**values | fields)
