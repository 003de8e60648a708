"""The views of a board that a person keeps, and the columns that they put away."""

from collections.abc import Sequence
from uuid import UUID

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.workflow.commands.errors import TaskRefusedError
from enrs.core.workflow.models import BoardColumns, SavedFilter

MAX_FILTERS = 20
MAX_COLUMNS = 60


def save_filter(*, board: str, name: str, query: str) -> SavedFilter:
    """Keep a view of a board under a name; the same name again replaces it.

    Raises:
        AccessRefusedError: nobody is signed in.
        TaskRefusedError: no name, too long, too many.
    """
    user_id = current_actor().user_id
    if user_id is None:
        raise AccessRefusedError("anonymous")
    clean = " ".join(name.replace("\x00", "").split())
    if not clean or len(clean) > 60:
        raise TaskRefusedError("text", "Donnez à cette vue un nom de 60 caractères au plus.")
    if len(query) > 500:
        raise TaskRefusedError("text", "Cette vue est trop longue pour être gardée.")
    mine = SavedFilter.objects.filter(user_id=user_id, board=board)
    with act():
        known = mine.filter(name=clean).first()
        if known is not None:
            known.query, known.is_kept = query, True
            known.save(update_fields=["query", "is_kept"])
            return known
        if mine.filter(is_kept=True).count() >= MAX_FILTERS:
            raise TaskRefusedError("text", f"{MAX_FILTERS} vues au plus\u00a0: retirez-en une.")
        made = SavedFilter(id=uuid7(), user_id=user_id, board=board, name=clean, query=query)
        made.save(force_insert=True)
    return made


def forget_filter(*, filter_id: UUID) -> None:
    """Take one's own saved view off the board."""
    user_id = current_actor().user_id
    if user_id is None:
        return
    with act():
        SavedFilter.objects.filter(pk=filter_id, user_id=user_id).update(is_kept=False)


def choose_columns(*, board: str, hidden: Sequence[str]) -> None:
    """Put these columns of a board away, for oneself; an unknown key means nothing.

    Raises:
        AccessRefusedError: nobody is signed in.
    """
    user_id = current_actor().user_id
    if user_id is None:
        raise AccessRefusedError("anonymous")
    kept = sorted(set(hidden))[:MAX_COLUMNS]
    with act():
        known = BoardColumns.objects.filter(user_id=user_id, board=board).first()
        if known is None:
            BoardColumns(id=uuid7(), user_id=user_id, board=board, hidden=kept).save(
                force_insert=True
            )
        elif known.hidden != kept:
            known.hidden = kept
            known.save(update_fields=["hidden"])
