"""Writing the themes and the words of needs: the exploitation of the region alone, in a session."""

from typing import Any

from django.db import transaction

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.offer.commands.traces import OfferRefusedError
from enrs.referentials.offer.models import VocabularyChange, VocabularyEntry
from enrs.referentials.offer.queries import vocabulary as queries
from enrs.referentials.offer.rules import vocabulary as rules
from enrs.referentials.offer.tables import find

Act = VocabularyChange.Act
LOCK = "select pg_advisory_xact_lock(hashtextextended('offer.vocabulary', 0))"
"""One writing at a time: words are compared with those of every other need."""


def write_vocabulary(
    *, kind: str, content: dict[str, Any], key: str = "", expected_version: int = 0
) -> VocabularyEntry:
    """Say a theme, or the words of a need, otherwise; without a key, one more.

    Raises:
        OfferRefusedError: codes that no table has (`tokens`), words that cannot be (`theme_words`, `need_words`)
            or that another need has (`need_taken`), too many (`themes`, `needs`), no such entry (`vocabulary`).
        StaleSaveError: somebody else saved it meanwhile.
        AccessRefusedError: not the exploitation.
    """
    _demand()
    with act():
        _lock()
        now = queries.read()
        if key and queries.line(kind, key) is None:
            raise OfferRefusedError("vocabulary")
        if fault := _fault_of(kind, key, content, now):
            raise OfferRefusedError(fault)
        name = key or rules.new_key(kind, content, _keys(kind))
        return _write(
            kind, name, content=content, is_hidden=False, expected_version=expected_version,
            done=Act.CHANGED if key else Act.ADDED,
        )  # fmt: skip


def hide_vocabulary(
    *, kind: str, key: str, expected_version: int, is_hidden: bool = True
) -> VocabularyEntry:
    """Take an entry out of the search, or put it back as it was.

    Raises:
        OfferRefusedError: no such entry (`vocabulary`); put back, what `write_vocabulary` refuses.
        StaleSaveError: somebody else saved it meanwhile.
        AccessRefusedError: not the exploitation.
    """
    _demand()
    with act():
        _lock()
        line = queries.line(kind, key)
        if line is None:
            raise OfferRefusedError("vocabulary")
        row = queries.entry(kind, key)
        content = row.content if row is not None else None
        if not is_hidden:
            _check(kind, key, content)
        return _write(
            kind, key, content=content, is_hidden=is_hidden, expected_version=expected_version,
            done=Act.HIDDEN if is_hidden else Act.SHOWN,
        )  # fmt: skip


def undo_vocabulary(*, kind: str, key: str, expected_version: int) -> VocabularyEntry:
    """Take the last change of an entry back; taken back once more, it stands again.

    Raises:
        OfferRefusedError: nothing was changed (`vocabulary`), or what it was would no longer be taken.
        StaleSaveError: somebody else saved it meanwhile.
        AccessRefusedError: not the exploitation.
    """
    _demand()
    with act():
        _lock()
        last = next(iter(queries.changes_of(kind, key)), None)
        if last is None:
            raise OfferRefusedError("vocabulary")
        before = last.before
        if not before["is_hidden"]:
            _check(kind, key, before["content"])
        return _write(
            kind, key, content=before["content"], is_hidden=before["is_hidden"],
            expected_version=expected_version, done=Act.UNDONE,
        )  # fmt: skip


def _demand() -> None:
    by = current_actor()
    if by.kind != "system" and by.role != "operator":
        raise AccessRefusedError("profession")


def _lock() -> None:
    with transaction.get_connection().cursor() as cursor:
        cursor.execute(LOCK)


def _keys(kind: str) -> list[str]:
    """Every key that stands or stood: the history of one is not another's."""
    known = queries.packaged()
    made = VocabularyEntry.objects.filter(kind=kind).values_list("key", flat=True)
    return [*(known.themes if kind == rules.THEME else known.needs), *made.order_by("id")]


def _check(kind: str, key: str, content: dict[str, Any] | None) -> None:
    """Whether what comes back may still stand beside the others."""
    line = queries.line_of(kind, key, VocabularyEntry(kind=kind, key=key, content=content))
    if line is None:
        return
    now = queries.read()
    if fault := _fault_of(kind, key, line.content, now):
        raise OfferRefusedError(fault)


def _write(
    kind: str, key: str, *, content: dict[str, Any] | None, is_hidden: bool, expected_version: int,
    done: VocabularyChange.Act,
) -> VocabularyEntry:  # fmt: skip
    """The row, its line of history and of the journal; every process reads it again."""
    by = current_actor()
    row = queries.entry(kind, key)
    if (row.version if row else 0) != expected_version:
        raise StaleSaveError(row or VocabularyEntry(kind=kind, key=key))
    before = {"content": row.content if row else None, "is_hidden": bool(row and row.is_hidden)}
    if done == Act.ADDED:
        # To take an addition back is to retire it: it stays at hand, and may be put back.
        before = {"content": content, "is_hidden": True}
    if row is None:
        row = VocabularyEntry(id=uuid7(), kind=kind, key=key, content=content, is_hidden=is_hidden)
        row.save(force_insert=True)
    else:
        row.content, row.is_hidden, row.version = content, is_hidden, row.version + 1
        row.save(update_fields=["content", "is_hidden", "version"])
    VocabularyChange(
        id=uuid7(), entry=row, act=done, by=by.name, by_id=by.user_id, before=before,
        after={"content": content, "is_hidden": is_hidden},
    ).save(force_insert=True)  # fmt: skip
    note(
        f"offer.vocabulary.{done.value}", object_kind="offer_vocabulary", object_id=row.pk,
        details={"kind": kind, "key": key},
    )  # fmt: skip
    queries.forget()
    # Again once it is committed: another search may have read the former words in between.
    transaction.on_commit(queries.forget)
    return row


def _fault_of(kind: str, key: str, content: rules.Content, now: queries.Vocabulary) -> str:
    return rules.fault_of(kind, key, content, themes=now.themes, needs=now.needs, finds=find)
