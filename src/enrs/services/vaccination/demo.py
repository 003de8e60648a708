"""Invented vaccinations: doses of the campaigns under way, those corrected and taken back, events, prescriptions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from enrs.core.demo import Patient, Rows, Someone, by_day, key
from enrs.core.moments import legal_day
from enrs.core.questionnaires.demo import answer_form
from enrs.core.questionnaires.models import Form
from enrs.referentials.identity.models import RegionalIdentity
from enrs.services.vaccination import attestations, queries
from enrs.services.vaccination.fhir import publish_act
from enrs.services.vaccination.models import (
    Act,
    ActChange,
    AdverseEvent,
    Attestation,
    Campaign,
    Prescription,
    Vaccine,
)
from enrs.services.vaccination.rules import eligibility

BOXES: Final = {
    "grippe-inactive": ("09520000000011", "GR26A1"),
    "grippe-haute-dose": ("09520000000028", "HD26B7"),
    "covid-arnm": ("09520000000035", "CV26C3"),
    "covid-proteine": ("09520000000042", "CP26D2"),
}
"""GTIN of invented boxes (prefix 952 is kept by GS1 for examples), and their lot."""
SAFE: Final = {
    "ci-anaphylaxie": False, "ci-fievre": False, "av-allergie": False, "saignement": False, "accord": True,
}  # fmt: skip
ASKED: Final = {
    "vaccination-grippe": SAFE | {"av-neurologique": False},
    "vaccination-covid": SAFE | {"ci-infection": False, "av-myocardite": False},
}
EVENTS: Final = (
    ("mild", "resolved", "Douleur et rougeur au bras pendant deux jours.", False),
    ("mild", "resolved", "Fièvre à 38,5 °C la nuit suivante, cédée par du paracétamol.", False),
    (
        "serious",
        "ongoing",
        "Malaise avec chute une heure après, gardée en observation à l’hôpital.",
        True,
    ),
)
CORRECTION: Final = "Lot relu sur la boîte : un caractère manquait."
MISTAKE: Final = "Saisi dans le dossier de l’épouse."
SPAN: Final = 45
"""Days over which doses are told."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One dose: to whom, by whom, how many days ago, within which campaign, and what became of it.

    `fate` is `given`, `told` (the doctor knows), `corrected`, `withdrawn`, `prescribed` (not given yet), or an
    index of `EVENTS` as text.
    """

    patient: Patient
    by: Someone
    days: float
    campaign: str = "grippe-2026"
    fate: str = "given"
    doctor: str = ""
    role: str = "pharmacist"


def number_boxes() -> None:
    """Give the shipped vaccines the numbers of the invented boxes."""
    for name, (gtin, _) in BOXES.items():
        Vaccine.objects.filter(key=name, gtins=[]).update(gtins=[gtin])


def open_campaigns(now: datetime) -> None:
    """Have the shipped campaigns under way on the day of the demo, whichever it is."""
    today = legal_day(now)
    late = today - timedelta(days=SPAN)
    for one in Campaign.objects.exclude(key=""):
        Campaign.objects.filter(pk=one.pk).update(status=Campaign.Status.OPEN)
        if one.starts_on > late or (one.ends_on and one.ends_on < today):
            days = {"starts_on": late - timedelta(days=3), "ends_on": today + timedelta(days=62)}
            Campaign.objects.filter(pk=one.pk).update(**days)


def fill(rows: Rows, shots: Sequence[Shot], *, now: datetime) -> int:
    """Write doses; returns how many. Whom their age or a dose before leaves out is passed over."""
    number_boxes()
    open_campaigns(now)
    campaigns = {one.key: one for one in Campaign.objects.exclude(key="")}
    vaccines = {one.pk: one for one in Vaccine.objects.all()}
    forms = {one.name: one for one in Form.objects.filter(name__in=ASKED, status="published")}
    people = RegionalIdentity.objects.in_bulk([one.patient.id for one in shots])
    teller, count = _Teller(rows, now, vaccines, forms, people), 0
    for rank, shot in enumerate(shots):
        found = campaigns.get(shot.campaign)
        if found is not None and teller.tell(shot, found, rank):
            count += 1
    return count


@dataclass
class _Teller:
    rows: Rows
    now: datetime
    vaccines: dict[Any, Vaccine]
    forms: dict[str, Form]
    people: dict[Any, RegionalIdentity]

    def tell(self, shot: Shot, campaign: Campaign, rank: int) -> bool:
        """One shot; False when the campaign is not for this person."""
        who = self.people.get(shot.patient.id)
        at = by_day(self.now - timedelta(days=shot.days), self.now)
        age = eligibility.age_on(who.birth_date, legal_day(at)) if who else None
        if (
            who is None
            or who.deceased_at
            or age is None
            or age < 18
            or legal_day(at) < campaign.starts_on
        ):
            return False
        grounds = eligibility.grounds(queries.terms_of(campaign), age)
        ground = grounds[0] if age >= (campaign.target_age or 0) else grounds[rank % len(grounds)]
        given = answer_form(
            self.rows, form=self.forms[campaign.form_name], values=ASKED[campaign.form_name], by=shot.by,
            at=at - timedelta(minutes=4), patient=shot.patient, subject=(queries.SUBJECT, campaign.pk),
        )  # fmt: skip
        prescribed = self._prescription(shot, campaign, at, ground, given.pk)
        if shot.fate != "prescribed":
            self._act(shot, prescribed, rank, who)
        return True

    def _prescription(
        self, shot: Shot, campaign: Campaign, at: datetime, ground: str, answer_id: Any
    ) -> Prescription:
        return self.rows.add(
            Prescription(
                id=key(at), patient_id=shot.patient.id, identity_id=shot.patient.identity_id,
                campaign=campaign, answer_id=answer_id, ground=ground, prescribed_at=at,
                author_role=shot.role, recorded_at=at,
                valid_until=legal_day(at) + timedelta(days=eligibility.PRESCRIPTION_DAYS),
                **_authored(shot.by),
            )
        )  # fmt: skip

    def _act(self, shot: Shot, prescribed: Prescription, rank: int, who: RegionalIdentity) -> None:
        campaign, at = prescribed.campaign, prescribed.prescribed_at
        months = eligibility.months_on(who.birth_date, legal_day(at))
        offered = [self.vaccines[one] for one in campaign.vaccine_ids]
        fit = [one for one in offered if eligibility.suits(months, one.min_months, one.max_months)]
        vaccine = fit[rank % 2 % len(fit) if rank % 5 == 0 else 0]
        gtin, lot = BOXES[vaccine.key]
        act = Act(
            id=key(at + timedelta(minutes=1)), patient_id=shot.patient.id,
            identity_id=shot.patient.identity_id, campaign=campaign, vaccine=vaccine,
            vaccine_name=vaccine.name, vaccine_disease=vaccine.disease,
            answer_id=prescribed.answer_id, given_at=at, recorded_at=at, dose_rank=1, lot=lot,
            expires_on=date(self.now.year + 1, 6, 30), gtin=gtin, serial=f"EX{rank:08d}",
            site="RA" if rank % 3 == 0 else "LA", route=vaccine.route, ground=prescribed.ground,
            prescription=prescribed, **_authored(shot.by),
        )  # fmt: skip
        self.rows.add(act)
        self._fate(shot, act, at)
        if shot.fate not in ("withdrawn", "corrected") and rank % 2 == 0:
            self.rows.add(
                Attestation(
                    id=key(at + timedelta(minutes=2)), act=act, patient_id=act.patient_id,
                    identity_id=act.identity_id, content=attestations.content_of(act, who),
                    digest=attestations.digest(who.birth_name, who.birth_date, legal_day(at)),
                    made_at=at + timedelta(minutes=2), recorded_at=at, **_authored(shot.by),
                )
            )  # fmt: skip
        self.rows.publish(partial(publish_act, act))

    def _fate(self, shot: Shot, act: Act, at: datetime) -> None:
        later = at + min(timedelta(hours=3), (self.now - at) / 2)
        if shot.fate == "told":
            act.told_at, act.told_to = later, shot.doctor
        elif shot.fate == "corrected":
            act.amended_at, act.version = later, 2
            self._change(act, ActChange.Kind.AMENDED, CORRECTION, later, {"lot": act.lot[:-1]})
        elif shot.fate == "withdrawn":
            act.withdrawn_at, act.withdrawn_reason, act.version = later, MISTAKE, 2
            self._change(act, ActChange.Kind.WITHDRAWN, MISTAKE, later, {})
        elif shot.fate.isdigit():
            seriousness, outcome, text, is_reported = EVENTS[int(shot.fate)]
            self.rows.add(
                AdverseEvent(
                    id=key(later), act=act, patient_id=act.patient_id, identity_id=act.identity_id,
                    began_on=legal_day(later), seriousness=seriousness, outcome=outcome, description=text,
                    is_reported=is_reported, recorded_at=later, **_authored(shot.by),
                )
            )  # fmt: skip

    def _change(
        self, act: Act, kind: str, reason: str, at: datetime, before: dict[str, str]
    ) -> None:
        self.rows.add(
            ActChange(
                id=key(at), act=act, patient_id=act.patient_id, kind=kind, before=before, reason=reason,
                by_name=act.author_name, at=at,
            )
        )  # fmt: skip


def _authored(by: Someone) -> dict[str, Any]:
    return {
        "author_id": by.user_id, "author_name": by.name, "author_label": by.label,
        "organisation_id": by.place_id, "organisation_name": by.place_name,
    }  # fmt: skip
