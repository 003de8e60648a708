"""What the agenda offers: « Agenda » in the rail, a tab of the record, and its place on the life line."""

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from enrs.core.access.rules import permits
from enrs.core.agenda.queries import appointments_of
from enrs.core.agenda.rules import KINDS, TONES
from enrs.core.ui.registry import (
    HelpPage,
    LifeKind,
    LifePosition,
    LifeRow,
    Offer,
    Panel,
    help_page,
    life_kind,
    offer,
    panel,
)

offer(
    Offer(
        key="agenda",
        label="Agenda",
        icon="calendar-week",
        url_name="agenda:week",
        summary="Votre semaine, celle de votre structure et les agendas partagés avec vous.",
        is_for=lambda actor: actor.kind == "professional" and permits(actor.role, "agenda", "read"),
        order=25,
    )
)
help_page(
    HelpPage(
        key="agenda",
        label="Agenda",
        icon="calendar-week",
        summary="Donner un rendez-vous, le déplacer, ouvrir des créneaux",
        template="agenda/help.html",
        offers=("agenda",),
        order=25,
    )
)
panel(Panel("agenda", "Agenda", "calendar-week", "agenda:panel", "agenda", 45))


def _life_rows(
    patient_id: UUID, role: str, before: LifePosition | None, limit: int
) -> Sequence[LifeRow]:
    """A person's past appointments: what is to come stands on the agenda's own tab."""
    del role  # Every part that reads the category sees the same appointments.
    last = (before.at, before.id) if before else (timezone.now(), UUID(int=(1 << 128) - 1))
    return [
        LifeRow(
            id=one.id,
            at=one.starts_at,
            title=KINDS.get(one.kind, KINDS["other"])[0],
            text=one.title,
            author=one.agenda.label if one.agenda else one.author_name,
            icon=KINDS.get(one.kind, KINDS["other"])[1],
            tone=TONES[one.status],
            state=one.get_status_display(),
            url=reverse("agenda:of_patient", args=[patient_id, one.id]),
        )
        for one in appointments_of(patient_id, before=last, limit=limit, with_participants=False)
    ]


life_kind(
    LifeKind(
        "appointments", "Rendez-vous", "calendar-week", "agenda", _life_rows, 45, "appointment"
    )
)
