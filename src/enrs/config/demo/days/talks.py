"""What people say to one another: about somebody, or not; read or not yet. The words are in `data/talks.toml`."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from enrs.config.demo.bulk_contents import pdf
from enrs.config.demo.days.stage import Stage
from enrs.core.ids import uuid7
from enrs.core.threads.demo import Said, tell_thread
from enrs.core.threads.rules import NewFile

FILE: Final = Path(__file__).resolve().parents[1] / "data" / "talks.toml"
PATIENTS: Final = 2
"""Patients of two professionals about whom they have a short conversation."""


def play(stage: Stage) -> None:
    """The conversations of the cast, then those around their other patients."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for talk in told["talk"]:
        _tell(stage, talk)
    for rank, talk in enumerate(told["around"]):
        _around(stage, rank, talk)


def _tell(stage: Stage, talk: Mapping[str, Any]) -> None:
    patient = stage.lives[talk["life"]] if "life" in talk else None
    said = [_said(stage, talk, rank, line) for rank, line in enumerate(talk["lines"])]
    unread = talk.get("unread", {})
    tell_thread(
        stage.rows,
        subject=("record", patient.id if patient else uuid7()),
        patient=patient,
        title=talk["title"],
        audience=talk.get("audience", "members"),
        members=[stage.people[one] for one in talk["members"]],
        said=said,
        unread={stage.people[login].grantee_id: count for login, count in unread.items()},
        closed_at=said[-1].at if talk.get("is_closed") else None,
    )


def _said(stage: Stage, talk: Mapping[str, Any], rank: int, line: Sequence[Any]) -> Said:
    login, hours, text = line
    title = talk.get("files", {}).get(str(rank))
    files = [NewFile(f"{title}.pdf", pdf(title, f"{text}\n\nDémonstration."))] if title else []
    return Said(
        by=stage.people[login],
        at=stage.ago(hours=hours),
        text=text,
        former=talk.get("former", {}).get(str(rank), ""),
        is_withdrawn=rank in talk.get("withdrawn", ()),
        files=files,
    )


def _around(stage: Stage, rank: int, talk: Mapping[str, Any]) -> None:
    """The two answer each other in turn; who did not speak last may have something new."""
    first, second = (stage.people[login] for login in talk["pair"])
    followed = stage.both(talk["pair"][0], talk["pair"][1], rank + PATIENTS)
    for patient in followed[rank:] or followed[:PATIENTS]:
        began = stage.rng.uniform(20, 400)
        said = [
            Said((first, second)[turn % 2], stage.ago(hours=began - 5 * turn), text)
            for turn, text in enumerate(talk["texts"])
        ]
        listener = first if said[-1].by is second else second
        tell_thread(
            stage.rows,
            subject=("record", patient.id),
            patient=patient,
            title=talk["title"],
            audience=("circle", "members")[rank % 2],
            members=[],
            said=said,
            unread={listener.grantee_id: 1} if rank % 3 == 0 else {},
        )
