"""The life line's points as entries of the timeline component."""

from enrs.core.ui.shapes import Entry
from enrs.services.record.queries import LifePoint

NEWS_LOOK = {
    "document": ("file-earmark-text", "neutre", ""),
    "result": ("droplet", "neutre", ""),
    "abnormal": ("droplet-fill", "attention", "hors norme"),
    "note": ("chat-left-text", "information", ""),
    "stay": ("hospital", "neutre", ""),
}
"""Icon, tone and state of what is new in a record, by kind."""


def entry(point: LifePoint) -> Entry:
    """One point as the component shows it."""
    row = point.row
    return Entry(
        at=row.at,
        title=row.title,
        text=row.text,
        author=row.author,
        icon=row.icon or point.kind.icon,
        tone=row.tone,
        state=row.state,
        url=row.url,
        key=str(row.id),
    )
