"""The record in the last days: notes, measures, what each reader keeps. The words are in `data/notes.toml`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from enrs.config.demo.days.pictures import wound
from enrs.config.demo.days.stage import Stage
from enrs.services.record import demo as record

FILE: Final = Path(__file__).resolve().parents[1] / "data" / "notes.toml"
READERS: Final = {
    "moreau": 5, "kouassi": 4, "benhamou": 4, "letallec": 3, "ferreira": 3, "nguyen": 3, "lambert": 3,
    "traore": 3, "petit": 2,
}  # fmt: skip
"""Who keeps marks, and how many favourites."""


def play(stage: Stage) -> None:
    """Notes, then measures, then lists and marks."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for note in told["cast"]:
        _cast_note(stage, note)
    for notes in told["others"]:
        _other_notes(stage, notes)
    _measures(stage)
    _rounds(stage)
    for login, count in READERS.items():
        _marks(stage, login, count)


def _cast_note(stage: Stage, note: Mapping[str, Any]) -> None:
    by = stage.people[note["by"]]
    record.write_note(
        stage.rows,
        patient=stage.lives[note["life"]],
        by=by,
        at=stage.ago(hours=note["hours"]),
        text=note["text"],
        audience=note.get("audience", "care"),
        tags=note.get("tags", ()),
        former=note.get("former", ""),
        photo=wound() if note.get("photo") else b"",
        is_by_person=by.place_id is None,
        kept_by=[stage.people[one] for one in note.get("kept_by", ())],
    )


def _other_notes(stage: Stage, notes: Mapping[str, Any]) -> None:
    """What the second of a pair writes about people whom both follow, over ten days."""
    reader, writer = notes["pair"]
    shared = "shared" if "traore" in (reader, writer) else "care"
    for rank, patient in enumerate(stage.both(reader, writer, notes["count"])):
        text, tag = notes["texts"][rank % len(notes["texts"])]
        at = stage.ago(hours=3 + rank * 26 + stage.rng.uniform(0, 9))
        record.write_note(
            stage.rows, patient=patient, by=stage.people[writer], at=at, text=text, tags=[tag],
            audience=shared,
        )  # fmt: skip


def _measures(stage: Stage) -> None:
    """What patients and nurses measure: glycaemia each day, weight and pressure each week."""
    for day in range(21):
        for hour, base in ((7, 1.5), (19, 1.7)):
            value = f"{base - 0.01 * (21 - day) + stage.rng.uniform(-0.3, 0.4):.2f}"
            _own(stage, "marchand", "glucose", value, days=day, hour=hour)
    for week in range(16):
        _weekly(stage, "marchand", week, 78 + week * 0.2)
        _weekly(stage, "aubertin_lucien", week, 61 - week * 0.15)
    for day in range(14):
        weight = 71.8 - 0.25 * max(0, 4 - day) + stage.rng.uniform(-0.2, 0.2)
        _own(stage, "montbel", "weight", f"{weight:.1f}", days=day, hour=7)


def _weekly(stage: Stage, life: str, week: int, weight: float) -> None:
    """What the nurse weighs and measures once a week."""
    at = stage.at(-7 * week - 1, 8, 30)
    values = {
        "weight": f"{weight + stage.rng.uniform(-0.4, 0.4):.1f}",
        "pressure": str(round(134 + stage.rng.uniform(-9, 12))),
    }
    for kind, value in values.items():
        record.measure(
            stage.rows, patient=stage.lives[life], by=stage.people["kouassi"], kind=kind, value=value,
            at=at,
        )  # fmt: skip


def _own(stage: Stage, life: str, kind: str, value: str, *, days: int, hour: int) -> None:
    """A measure that a patient writes themselves, unless its hour is to come."""
    at = stage.at(-days, hour, 10)
    if at < stage.now:
        record.measure(
            stage.rows, patient=stage.lives[life], by=stage.people[life], kind=kind, value=value, at=at,
            is_by_person=True,
        )  # fmt: skip


def _rounds(stage: Stage) -> None:
    """Rounds by day and moment, and views."""
    rows, people = stage.rows, stage.people
    nurse = stage.known(stage.older_than("kouassi", 45))
    for label, first, moment, days in (
        ("Tournée du matin", 0, "7 h à 10 h", ((), (1, 3, 5), (1, 4), (2, 4, 6), (7, 1, 3))),
        ("Tournée du soir", 6, "17 h à 19 h", ((), (2, 5), (), (1, 3, 5, 7))),
    ):
        kept = record.keep_list(
            rows, owner=people["kouassi"], label=label, columns=["age", "rounds", "news"]
        )
        chosen = [stage.lives["marchand"], *nurse[first : first + 13]]
        for rank, patient in enumerate({one.id: one for one in chosen}.values()):
            chosen_days = days[rank % len(days)]
            record.put_on_round(rows, kept=kept, patient=patient, days=chosen_days, moment=moment)
    for login, label, count in (
        ("moreau", "Visites à domicile", 8),
        ("letallec", "Tour de nuit, 3e étage", 12),
        ("benhamou", "Patients sous pompe", 9),
        ("lambert", "Situations à surveiller", 7),
        ("nguyen", "Piluliers du vendredi", 6),
        ("traore", "Visites de la semaine", 6),
    ):
        kept = record.keep_list(rows, owner=people[login], label=label, columns=["age", "news"])
        for patient in stage.patients_of(login, count):
            record.put_on_round(rows, kept=kept, patient=patient)
    for login, label, sort in (
        ("moreau", "Derniers documents", "news"), ("benhamou", "Hospitalisés", "stay"),
        ("letallec", "Hospitalisés", "stay"), ("petit", "Présents par service", "stay"),
    ):  # fmt: skip
        columns = ["birth", "age", "news", "stay"] if sort == "stay" else ["age", "news", "rounds"]
        record.keep_list(rows, owner=people[login], label=label, kind="view", columns=columns, sort=sort)  # fmt: skip


def _marks(stage: Stage, login: str, count: int) -> None:
    """Everything was seen three days ago; the first patients are favourites."""
    patients = stage.ids_of(login)
    cast = [one.id for one in stage.lives.values() if one.id in set(patients)]
    stars = list(dict.fromkeys([*cast[:2], *patients]))[:count]
    record.see_all(
        stage.rows, reader=stage.people[login], patient_ids=patients, at=stage.ago(days=3), stars=stars
    )  # fmt: skip
