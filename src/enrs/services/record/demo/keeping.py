"""What a reader of the demo keeps for themselves: lists, rounds, favourites, what was seen."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from enrs.core.demo import Patient, Rows, Someone
from enrs.services.record.models import Mark, PatientList, RoundEntry


def keep_list(
    rows: Rows,
    *,
    owner: Someone,
    label: str,
    kind: str = "round",
    columns: Sequence[str] = (),
    sort: str = "name",
) -> PatientList:
    """A view or a round of somebody."""
    assert owner.user_id is not None  # noqa: S101  lists are kept by accounts
    return rows.add(
        PatientList(user_id=owner.user_id, kind=kind, label=label, columns=list(columns), sort=sort)
    )


def put_on_round(
    rows: Rows, *, kept: PatientList, patient: Patient, days: Sequence[int] = (), moment: str = ""
) -> None:
    """Put somebody on a round, on these days of the week (none: every day)."""
    rows.add(RoundEntry(of_list=kept, patient_id=patient.id, days=sorted(days), moment=moment))


def see_all(
    rows: Rows, *, reader: Someone, patient_ids: Sequence[UUID], at: datetime, stars: Sequence[UUID]
) -> None:
    """Until when a reader has seen the news of their patients, and whom they keep among favourites."""
    assert reader.user_id is not None  # noqa: S101  marks are kept by accounts
    for patient_id in dict.fromkeys([*stars, *patient_ids]):
        rows.add(
            Mark(
                user_id=reader.user_id,
                patient_id=patient_id,
                seen_at=at,
                is_favourite=patient_id in stars,
            )
        )
