"""Who meets whom: the agendas of the accounts over some weeks, the team's, the structures', what may be booked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from enrs.config.demo.days.stage import Stage
from enrs.core.agenda.demo import Diary, open_agenda
from enrs.core.agenda.models import AgendaShare, Feed
from enrs.core.agenda.queries import hash_of
from enrs.core.demo import Patient, Someone
from enrs.core.ids import uuid7

PAST, AHEAD = 21, 28
"""Days before and after today that are told."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How somebody's days go: hours of the clock, length and kinds of what they do, weekdays at work."""

    login: str
    hours: tuple[int, ...]
    minutes: int
    kinds: tuple[tuple[str, str], ...]
    weekdays: frozenset[int] = frozenset(range(5))
    place: str = ""
    each: int = 4
    """One place in so many is left free."""

    def where(self, kind: str) -> str:
        """Where something of a kind takes place."""
        return "" if kind in ("call", "remote", "home_visit") else self.place


CONSULTATION: Final = (
    ("consultation", "Suivi"), ("consultation", "Renouvellement d’ordonnance"),
    ("consultation", "Douleur du dos"), ("remote", "Résultats de la prise de sang"),
    ("consultation", "Certificat"), ("home_visit", "Visite à domicile"),
)  # fmt: skip
HABITS: Final = (
    Habit("moreau", (9, 10, 14, 15, 16, 17), 30, CONSULTATION, frozenset(range(6)), "Cabinet"),
    Habit("kouassi", (7, 8, 9, 11, 17, 18), 30,
          (("home_visit", "Glycémie et insuline"), ("home_visit", "Pansement"),
           ("home_visit", "Pilulier de la semaine"), ("home_visit", "Prise de sang")),
          frozenset(range(7))),
    Habit("benhamou", (9, 10, 11, 14, 15), 30,
          (("consultation", "Consultation de diabétologie"), ("remote", "Télésuivi de la pompe"),
           ("consultation", "Bilan annuel")), place="Consultations, porte B"),
    Habit("letallec", (20, 21, 22), 60, (("other", "Tour de surveillance"), ("other", "Relève")),
          frozenset((1, 2, 4, 5)), "Médecine, 3e étage"),
    Habit("ferreira", (8, 9, 16), 30,
          (("exam", "Prélèvement au laboratoire"), ("call", "Avis au prescripteur")), place="Laboratoire"),
    Habit("nguyen", (10, 15, 18), 30,
          (("consultation", "Bilan partagé de médication"), ("consultation", "Vaccination"),
           ("call", "Appel au prescripteur")), frozenset(range(6)), "Espace de confidentialité"),
    Habit("traore", (9, 11, 14, 16), 60,
          (("home_visit", "Visite d’évaluation"), ("call", "Appel à la famille"),
           ("meeting", "Concertation")), place=""),
    Habit("lambert", (10, 14, 16), 60,
          (("home_visit", "Visite d’évaluation"), ("meeting", "Réunion de synthèse"),
           ("call", "Point avec le médecin traitant")), place=""),
)  # fmt: skip
CANCELLED: Final = (
    "La personne est souffrante",
    "Reporté à sa demande",
    "Transport non disponible",
)


def play(stage: Stage) -> None:
    """Fill the agendas of the accounts and of their structures."""
    diaries = {habit.login: _diary(stage, habit.login) for habit in HABITS}
    _series(stage, diaries)
    _lives(stage, diaries)
    for habit in HABITS:
        _today(stage, habit, diaries[habit.login])
        _days(stage, habit, diaries[habit.login], _patients(stage, habit.login))
    _slots(stage, diaries["moreau"], stage.lives["marchand"])
    _slots(stage, diaries["benhamou"], None)
    _outside(stage, diaries["moreau"])
    _places(stage)
    _shares(stage, diaries)


def _diary(stage: Stage, login: str) -> Diary:
    who = stage.people[login]
    agenda = open_agenda(stage.rows, owner=who, label=who.name)
    return Diary(stage.rows, agenda, who, stage.now)


def _days(stage: Stage, habit: Habit, diary: Diary, patients: Sequence[Patient]) -> None:
    """The usual days: kept, missed or cancelled once past, booked once to come."""
    for day in _range(stage):
        if day.weekday() not in habit.weekdays:
            continue
        for hour in habit.hours:
            if patients and stage.rng.randrange(habit.each):
                start = stage.on(day, hour, stage.rng.choice((0, 0, 15, 30)))
                _book(stage, habit, diary, start, stage.rng.choice(patients))


def _book(stage: Stage, habit: Habit, diary: Diary, start: datetime, patient: Patient) -> None:
    kind, title = stage.rng.choice(habit.kinds)
    draw = stage.rng.random()
    status, reason = "", ""
    if draw < 0.06:
        status, reason = "cancelled", stage.rng.choice(CANCELLED)
    elif start < stage.now and draw < 0.12:
        status = "noshow"
    diary.book(
        start, habit.minutes, patient=patient, kind=kind, title=title, place=habit.where(kind),
        status=status, reason=reason,
        invited=_invited(stage, habit.login) if kind == "meeting" else (),
    )  # fmt: skip


def _invited(stage: Stage, login: str) -> list[tuple[Someone, str]]:
    other = "lambert" if login == "traore" else "traore"
    return [(stage.people[other], stage.rng.choice(("accepted", "accepted", "needs-action")))]


def _today(stage: Stage, habit: Habit, diary: Diary) -> None:
    """Whichever day it is: something that began, something before and after it, at the hours of who works."""
    patients = _patients(stage, habit.login)
    opens, closes = (stage.on(stage.today, hour) for hour in (min(habit.hours), max(habit.hours)))
    start = min(max(stage.now, opens), closes).replace(second=0, microsecond=0)
    start -= timedelta(minutes=start.minute % 15 + 5 * (start.minute % 15 == 0))
    for rank, patient in enumerate(patients[6:10]):
        kind, title = habit.kinds[rank % len(habit.kinds)]
        moment = start + timedelta(minutes=(habit.minutes + 10) * (rank - 1))
        diary.book(
            moment, habit.minutes, patient=patient, kind=kind, title=title, place=habit.where(kind)
        )


def _series(stage: Stage, diaries: dict[str, Diary]) -> None:
    """What comes back each week: the insulin of a patient, the team's meeting."""
    marchand, nurse = stage.lives["marchand"], diaries["kouassi"]
    first = stage.monday - timedelta(weeks=3)
    visits = nurse.repeat(
        "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=14", stage.on(first, 7).replace(tzinfo=None), 20
    )
    visits.starts_at = visits.starts_at.replace(hour=7)
    for week in range(7):
        for weekday in (0, 3):
            day = first + timedelta(weeks=week, days=weekday)
            nurse.book(stage.on(day, 7), 20, patient=marchand, kind="home_visit", series=visits,
                       title="Glycémie et insuline")  # fmt: skip
    team = diaries["lambert"]
    staff = team.repeat("FREQ=WEEKLY;BYDAY=TU;COUNT=7", stage.on(first, 9).replace(tzinfo=None), 60)
    staff.starts_on, staff.starts_at = first + timedelta(days=1), staff.starts_at.replace(hour=9)
    for week in range(7):
        day = first + timedelta(weeks=week, days=1)
        team.book(stage.on(day, 9), 60, kind="meeting", title="Réunion d’équipe", place="Salle du DAC",
                  series=staff, invited=[(stage.people["traore"], "accepted")])  # fmt: skip


def _lives(stage: Stage, diaries: dict[str, Diary]) -> None:
    """What awaits the patients who have an account, and what they came for."""
    lives = stage.lives
    told = (
        ("benhamou", "marchand", 8, 10, "consultation", "Bilan annuel du diabète", "Consultations, porte B"),
        ("benhamou", "marchand", -95, 10, "consultation", "Consultation de diabétologie", "Consultations, porte B"),
        ("moreau", "marchand", 2, 11, "consultation", "Renouvellement d’ordonnance", "Cabinet"),
        ("nguyen", "marchand", 5, 15, "consultation", "Bilan partagé de médication", "Officine"),
        ("moreau", "montbel", 3, 9, "consultation", "Suivi de la tension", "Cabinet"),
        ("moreau", "montbel", -12, 9, "consultation", "Essoufflement à l’effort", "Cabinet"),
        ("moreau", "aubertin_lucien", 4, 12, "home_visit", "Visite à domicile", ""),
        ("traore", "aubertin_lucien", 6, 15, "home_visit", "Point sur le plan d’aide", ""),
        ("moreau", "benslimane_ines", 1, 17, "consultation", "Vaccination", "Cabinet"),
        ("moreau", "benslimane_adam", 9, 17, "consultation", "Visite des 4 ans", "Cabinet"),
    )  # fmt: skip
    for login, life, days, hour, kind, title, place in told:
        day = _open_day(stage.today + timedelta(days=days))
        start = stage.on(day, hour)
        diaries[login].book(start, 30, patient=lives[life], kind=kind, title=title, place=place)


def _slots(stage: Stage, diary: Diary, patient: Patient | None) -> None:
    """What may be booked in the next days; one of them is, by the person."""
    for rank in range(1, 15):
        day = stage.today + timedelta(days=rank)
        if day.weekday() > 4:
            continue
        for minute in (0, 20, 40):
            start = stage.on(day, 12, minute)
            slot = diary.open_slot(start, 20)
            if slot and patient and rank > 5:
                title = "À la demande du patient"
                diary.book(start, 20, patient=patient, slot=slot, title=title, place="Cabinet")
                patient = None


def _outside(stage: Stage, diary: Diary) -> None:
    """Hours that a calendar of elsewhere tells as occupied, and the address at which one's own is read."""
    for rank in (1, 8, 15):
        diary.busy(stage.on(stage.monday + timedelta(days=rank), 19), 90, "Agenda personnel")
    user_id = stage.users["moreau"].id
    for label, is_open in (("Téléphone", True), ("Ancien ordinateur", False)):
        stage.rows.add(
            Feed(user_id=user_id, token_hash=hash_of(str(uuid7())), label=label,
                 revoked_at=None if is_open else stage.ago(days=40))
        )  # fmt: skip


def _places(stage: Stage) -> None:
    """The agendas of structures: the hospital's consultations, the desk's room and car."""
    hospital = stage.place_of("petit")
    who = stage.people["petit"]
    board = open_agenda(
        stage.rows, owner=hospital, label="Consultations de diabétologie", kind="place"
    )
    diary = Diary(stage.rows, board, who, stage.now)
    habit = Habit("petit", (8, 9, 10, 11, 13, 14, 15, 16), 30,
                  (("consultation", "Première consultation"), ("consultation", "Consultation de suivi"),
                   ("exam", "Fond d’œil"), ("exam", "Holter glycémique")), place="Consultations, porte B")  # fmt: skip
    _today(stage, habit, diary)
    _days(stage, habit, diary, _patients(stage, "petit"))
    _room(stage)


def _room(stage: Stage) -> None:
    """The room of the desk: meetings about nobody."""
    desk, who = stage.place_of("lambert"), stage.people["lambert"]
    room = open_agenda(stage.rows, owner=desk, label="Salle de réunion", kind="room")
    diary = Diary(stage.rows, room, who, stage.now)
    told = (
        (0, 11, 60, "Accueil d’une stagiaire"), (1, 9, 60, "Réunion d’équipe"),
        (2, 14, 120, "Concertation avec la mairie"), (3, 10, 90, "Formation : repérer la dénutrition"),
        (4, 16, 60, "Point avec l’hôpital"),
    )  # fmt: skip
    for week in (-1, 0, 1, 2):
        for weekday, hour, minutes, title in told[:: 1 if week == 0 else 2]:
            day = stage.monday + timedelta(weeks=week, days=weekday)
            diary.book(
                stage.on(day, hour), minutes, kind="meeting", title=title, place="Salle du DAC"
            )


def _shares(stage: Stage, diaries: dict[str, Diary]) -> None:
    """Who sees whose agenda."""
    levels = AgendaShare.Level
    told = (
        ("traore", "lambert", levels.WRITE), ("lambert", "traore", levels.WRITE),
        ("moreau", "kouassi", levels.BUSY), ("benhamou", "petit", levels.WRITE),
        ("benhamou", "letallec", levels.READ),
    )  # fmt: skip
    for owner, login, level in told:
        whom = stage.people[login]
        stage.rows.add(
            AgendaShare(agenda=diaries[owner].agenda, grantee_id=whom.grantee_id, display=whom.name,
                        level=level, shared_at=stage.ago(days=60))
        )  # fmt: skip


def _patients(stage: Stage, login: str) -> list[Patient]:
    """Whom somebody sees: at the hospital's consultations, adults of some age."""
    if login in ("benhamou", "petit", "letallec"):
        return stage.known(stage.older_than(login, 40)[:60])
    return stage.patients_of(login, 60)


def _range(stage: Stage) -> Iterator[date]:
    for rank in range(-PAST, AHEAD):
        yield stage.today + timedelta(days=rank)


def _open_day(day: date) -> date:
    """The day, or the Monday after a week-end."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
