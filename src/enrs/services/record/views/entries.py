"""The life line's items as entries of the timeline component."""

from uuid import UUID

from django.urls import reverse

from enrs.core.ui.shapes import Entry
from enrs.services.record.queries import LifeItem

LOOK = {
    "document": ("file-earmark-text", "neutre", ""),
    "result": ("droplet", "neutre", ""),
    "abnormal": ("droplet-fill", "attention", "hors norme"),
    "note": ("chat-left-text", "information", ""),
    "stay": ("hospital", "neutre", ""),
}

STAY_WORDS = {
    "in-progress": "en cours",
    "finished": "terminé",
    "planned": "prévu",
    "entered-in-error": "annulé",
    "unknown": "",
}


def entry(patient_id: UUID, item: LifeItem) -> Entry:
    """One item as the component shows it."""
    icon, tone, state = LOOK[item.kind]
    urls = {
        "document": ("record:document", [patient_id, item.id]),
        "result": ("record:results", [patient_id]),
        "abnormal": ("record:results", [patient_id]),
        "note": ("record:notes", [patient_id]),
    }
    text = item.text
    if item.kind == "stay":
        unit, _, status = item.text.rpartition(" · ")
        text, state = unit, STAY_WORDS.get(status, "")
    name, arguments = urls.get(item.kind, ("", []))
    return Entry(
        at=item.at,
        title=item.title,
        text=text,
        author=item.author,
        icon=icon,
        tone=tone,
        state=state,
        url=reverse(name, args=arguments) if name else "",
        key=str(item.id),
    )
