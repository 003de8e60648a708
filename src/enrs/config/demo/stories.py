"""What happened to one person: encounters, results, documents, notes and circle."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final, TypeVar

from enrs.config.demo import ids, labs, texts
from enrs.config.demo.shapes import (
    DemoCircleMember,
    DemoDocument,
    DemoEncounter,
    DemoNote,
    DemoPerson,
    DemoProfessional,
    DemoResult,
    DemoStory,
    DemoStructure,
)

T = TypeVar("T")

ILLNESSES: Final = ("healthy", "child", "diabetes", "heart", "kidney", "thyroid", "cancer", "frail")
# Mean numbers over five years of (consultations, stays, laboratory reports) by illness; they
# give about eight documents and results for each person of an ordinary population.
_BUSY: Final[dict[str, tuple[float, float, float]]] = {
    "healthy": (0.3, 0.03, 0.15),
    "child": (0.8, 0.06, 0.08),
    "diabetes": (3.0, 0.5, 3.2),
    "heart": (2.5, 1.0, 2.5),
    "kidney": (2.5, 0.8, 3.2),
    "thyroid": (1.4, 0.1, 2.8),
    "cancer": (3.0, 1.6, 3.0),
    "frail": (1.8, 1.2, 1.8),
}
_SPAN_DAYS: Final = 1_826


@dataclass(frozen=True, slots=True)
class Cast:
    """Who may appear in the stories of a region, by what they do."""

    hospitals: Sequence[DemoStructure]
    labs: Sequence[DemoStructure]
    dacs: Sequence[DemoStructure]
    general: Sequence[DemoProfessional]
    nurses: Sequence[DemoProfessional]
    hospital_doctors: Sequence[DemoProfessional]
    pharmacists: Sequence[DemoProfessional]
    radiologists: Sequence[DemoProfessional]


@dataclass(slots=True)
class _Teller:
    """The state of one story while it is drawn."""

    rng: Random
    person: DemoPerson
    today: date
    illness: str
    hospital: DemoStructure
    lab: DemoStructure
    gp: DemoProfessional
    nurse: DemoProfessional
    cast: Cast
    story: DemoStory
    own: float
    steady: bool

    def moment(self) -> datetime:
        """Draw a working hour of the last five years, after birth."""
        first = max(self.person.birth_date, self.today - timedelta(days=_SPAN_DAYS))
        days = max((self.today - first).days - 1, 1)
        day = first + timedelta(days=int(self.rng.random() * days))
        minute = 8 * 60 + int(self.rng.random() * 600)
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return start + timedelta(minutes=minute)


def illness_of(person: DemoPerson, today: date, draw: float) -> str:
    """Return the main illness of a person from their age and a draw in [0, 1[."""
    age = (today - person.birth_date).days / 365.25
    if age < 16:
        return "child"
    shares = _SHARES_OLD if age >= 75 else _SHARES_MIDDLE if age >= 45 else _SHARES_YOUNG
    for illness, share in shares:
        if draw < share:
            return illness
        draw -= share
    return "healthy"


_SHARES_OLD: Final = (("frail", 0.3), ("heart", 0.2), ("diabetes", 0.16), ("kidney", 0.08),
                      ("cancer", 0.07), ("thyroid", 0.06))  # fmt: skip
_SHARES_MIDDLE: Final = (("diabetes", 0.1), ("heart", 0.07), ("cancer", 0.035), ("kidney", 0.02),
                         ("thyroid", 0.06))  # fmt: skip
_SHARES_YOUNG: Final = (("thyroid", 0.03), ("diabetes", 0.012), ("cancer", 0.006))


def tell(
    person: DemoPerson,
    seed: int,
    today: date,
    cast: Cast,
    *,
    illness: str = "",
    busy: float = 1.0,
    household: Sequence[DemoPerson] = (),
    gp: DemoProfessional | None = None,
    nurse: DemoProfessional | None = None,
    hospital: DemoStructure | None = None,
    also: Sequence[tuple[str, DemoProfessional]] = (),
) -> DemoStory:
    """Return the story of one person over the five years before `today`.

    `busy` multiplies how much happened; an illness, a doctor, a nurse, a hospital and others
    of the care team (role, who) may be given, for the personas. The others depend on the
    seed, the person and their household only.
    """
    rng = ids.rng_for(seed, "story", person.index)
    home = ids.rng_for(seed, "home", person.household)
    own_hospital, lab = _one(home, cast.hospitals), _one(home, cast.labs)
    own_gp, own_nurse = _one(home, cast.general), _one(home, cast.nurses)
    teller = _Teller(
        rng=rng,
        person=person,
        today=today,
        illness=illness or illness_of(person, today, rng.random()),
        hospital=hospital or own_hospital,
        lab=lab,
        gp=gp or own_gp,
        nurse=nurse or own_nurse,
        cast=cast,
        story=DemoStory(person),
        own=rng.gauss(0, 1),
        steady=busy > 1,
    )
    consultations, stays, reports = _BUSY[teller.illness]
    for role, member in also:
        _member(teller, "care_team", role, rpps=member.rpps)
    _repeat(teller, consultations * busy, _consult)
    _repeat(teller, stays * busy, _stay)
    _repeat(teller, reports * busy, _routine_report)
    _circle(teller, household)
    if teller.illness not in {"healthy", "child"} or busy > 1:
        _repeat(teller, 1.2 * busy, _note)
    story = teller.story
    story.encounters.sort(key=lambda item: item.started_at)
    story.results.sort(key=lambda item: item.taken_at)
    story.documents.sort(key=lambda item: item.created_at)
    story.notes.sort(key=lambda item: item.written_at)
    return story


def _one(rng: Random, choices: Sequence[T]) -> T:
    return choices[int(rng.random() * len(choices))]


def _repeat(teller: _Teller, mean: float, act: Callable[[_Teller], None]) -> None:
    """Call `act` a number of times of that mean, skewed like the use of care is."""
    skewed = min(int(teller.rng.expovariate(1 / (mean + 0.5))), int(mean * 6) + 3)
    times = round(mean) if teller.steady else skewed
    for _ in range(times):
        act(teller)


def _consult(teller: _Teller) -> None:
    at = teller.moment()
    reason = texts.pick(teller.rng, texts.REASONS[teller.illness])
    conclusion = texts.pick(teller.rng, texts.CONCLUSIONS[teller.illness])
    site = teller.gp.activities[0].structure
    _encounter(
        teller, site, "AMB", unit="Consultation", reason=reason, at=at, hours=0.3, by=teller.gp
    )
    text = f"Motif : {reason}.\n\n{conclusion}\n\nTraitement : {texts.TREATMENTS[teller.illness]}"
    _document(
        teller,
        site,
        teller.gp,
        type_code="11488-4",
        title=f"Consultation : {reason}",
        text=text,
        at=at,
    )
    if teller.rng.random() < 0.6:
        text = f"Prescription :\n\n{texts.TREATMENTS[teller.illness]}\n\nÀ renouveler une fois."
        _document(
            teller, site, teller.gp, type_code="57833-6", title="Ordonnance", text=text, at=at
        )


def _stay(teller: _Teller) -> None:
    rng, at = teller.rng, teller.moment()
    doctor = _one(rng, teller.cast.hospital_doctors)
    reason = texts.pick(rng, texts.REASONS[teller.illness])
    conclusion = texts.pick(rng, texts.CONCLUSIONS[teller.illness])
    unit = texts.pick(rng, texts.HOSPITAL_UNITS)
    emergency = rng.random() < 0.4
    hours = 2 + rng.random() * 10 if emergency else 24 * (1 + rng.expovariate(0.25))
    kind = "EMER" if emergency else "IMP"
    unit = "Urgences" if emergency else unit
    ended = _encounter(
        teller, teller.hospital, kind, unit=unit, reason=reason, at=at, hours=hours, by=doctor
    )
    _report(teller, teller.hospital, "acute", at + timedelta(hours=1))
    if rng.random() < 0.7:
        title, finding = _one(rng, texts.IMAGING)
        reader = _one(rng, teller.cast.radiologists)
        text = f"Indication : {reason}.\n\nRésultat : {finding}"
        _document(
            teller,
            teller.hospital,
            reader,
            type_code="18748-4",
            title=title,
            text=text,
            at=at + timedelta(hours=2),
        )
    body = (
        f"Patient pris en charge en {unit} du {at:%d/%m/%Y} au {ended:%d/%m/%Y}.\n\n"
        f"Motif : {reason}.\n\n{conclusion}\n\n"
        f"Traitement de sortie : {texts.TREATMENTS[teller.illness]}"
    )
    _document(
        teller,
        teller.hospital,
        doctor,
        type_code="11490-0",
        title="Lettre de liaison",
        text=body,
        at=ended,
    )
    if not emergency:
        title = f"Compte rendu d'hospitalisation - {unit}"
        _document(
            teller, teller.hospital, doctor, type_code="34112-3", title=title, text=body, at=ended
        )


def _routine_report(teller: _Teller) -> None:
    _report(teller, teller.lab, teller.illness, teller.moment())


def _report(teller: _Teller, site: DemoStructure, panel: str, at: datetime) -> None:
    years = 5 - (teller.today - at.date()).days / 365.25
    number = f"L{int(teller.rng.random() * 1e9):09d}"
    for loinc in labs.PANELS[panel]:
        analyte = labs.ANALYTES[loinc]
        illness = panel if panel == "acute" else teller.illness
        value = labs.draw_value(teller.rng, analyte, illness, years, teller.own)
        teller.story.results.append(
            DemoResult(
                id=ids.uuid7(teller.rng, ids.milliseconds(at)),
                person_id=teller.person.id,
                structure_finess=site.finess,
                report_number=number,
                loinc=loinc,
                name=analyte.name,
                value=value,
                unit=analyte.unit,
                low=analyte.low,
                high=analyte.high,
                interpretation=labs.interpretation(analyte, value),
                taken_at=at,
            )
        )


def _encounter(
    teller: _Teller,
    site: DemoStructure,
    kind: str,
    *,
    unit: str,
    reason: str,
    at: datetime,
    hours: float,
    by: DemoProfessional,
) -> datetime:
    """File one encounter and return when it ended, at the latest at the start of today."""
    limit = datetime(teller.today.year, teller.today.month, teller.today.day, tzinfo=UTC)
    ended = max(min(at + timedelta(minutes=int(hours * 60)), limit), at)
    teller.story.encounters.append(
        DemoEncounter(
            id=ids.uuid7(teller.rng, ids.milliseconds(at)),
            person_id=teller.person.id,
            structure_finess=site.finess,
            visit_number=f"V{int(teller.rng.random() * 1e9):09d}",
            kind=kind,
            unit=unit,
            reason=reason,
            started_at=at,
            ended_at=ended,
            practitioner_rpps=by.rpps,
        )
    )
    return ended


def _document(
    teller: _Teller,
    site: DemoStructure,
    author: DemoProfessional,
    *,
    type_code: str,
    title: str,
    text: str,
    at: datetime,
) -> None:
    signed = f"{text}\n\n{author.display_name}, {site.long_name}"
    teller.story.documents.append(
        DemoDocument(
            id=ids.uuid7(teller.rng, ids.milliseconds(at)),
            person_id=teller.person.id,
            structure_finess=site.finess,
            author_rpps=author.rpps,
            type_code=type_code,
            type_name=texts.DOCUMENT_TYPES[type_code],
            title=title,
            text=signed,
            created_at=at,
        )
    )


def _note(teller: _Teller) -> None:
    at = teller.moment()
    by = teller.nurse if teller.rng.random() < 0.7 else teller.gp
    text = texts.pick(teller.rng, texts.NOTES)
    note_id = ids.uuid7(teller.rng, ids.milliseconds(at))
    teller.story.notes.append(DemoNote(note_id, teller.person.id, by.rpps, text, at))


def _circle(teller: _Teller, household: Sequence[DemoPerson]) -> None:
    """The general practitioner always; the others as the illness and the household ask."""
    ill = teller.illness not in {"healthy", "child"}
    _member(teller, "care_team", "Médecin traitant", rpps=teller.gp.rpps)
    if ill:
        pharmacist = _one(teller.rng, teller.cast.pharmacists)
        _member(teller, "care_team", "Infirmier de ville", rpps=teller.nurse.rpps)
        _member(teller, "care_team", "Pharmacien", rpps=pharmacist.rpps)
    if ill or teller.story.encounters:
        _member(teller, "organisations", "Hôpital de recours", finess=teller.hospital.finess)
    if teller.illness == "frail":
        dac = _one(teller.rng, teller.cast.dacs)
        _member(teller, "organisations", "Coordination du parcours", finess=dac.finess)
    born_on = teller.person.birth_date
    for other in household:
        if other.id == teller.person.id:
            continue
        years = (born_on - other.birth_date).days / 365.25
        if teller.illness == "child" and years > 16:
            _member(teller, "relatives", "Parent", relative=other)
        elif ill and years < -16 and (teller.today - other.birth_date).days > 6_575:
            _member(teller, "relatives", "Enfant", relative=other)
        elif ill and abs(years) < 16:
            _member(teller, "relatives", "Conjoint", relative=other)


def _member(
    teller: _Teller,
    block: str,
    role: str,
    *,
    rpps: str = "",
    finess: str = "",
    relative: DemoPerson | None = None,
) -> None:
    at = teller.moment()
    teller.story.circle.append(
        DemoCircleMember(
            id=ids.uuid7(teller.rng, ids.milliseconds(at)),
            person_id=teller.person.id,
            block=block,
            role=role,
            since=at,
            rpps=rpps,
            finess=finess,
            relative_id=relative.id if relative else None,
        )
    )
