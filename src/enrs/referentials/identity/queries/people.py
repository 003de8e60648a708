"""Reads on identities: the banner, the search in one's circle, the exact search, the work list."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import QuerySet

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.queries import readable_categories
from enrs.core.audit.commands import note
from enrs.core.kept import Kept
from enrs.core.prepared import Statement, fetch_all
from enrs.core.sealing import cipher
from enrs.core.ui import shapes
from enrs.core.ui.registry import with_facts
from enrs.formats.ins import ins_oid_kind
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity

EXACT_PER_MINUTE = 20
TOKEN_SECONDS = 600


class TooManySearchesError(Exception):
    """More exact searches in a minute than a person needs."""


def regional_identity(patient_id: UUID) -> RegionalIdentity:
    """The best traits of a patient whom the actor may read; raises `DoesNotExist` for another."""
    found = _regional_identity.first(patient_id)
    if found is None:
        raise RegionalIdentity.DoesNotExist
    return found


@Kept
def _regional_identity(patient_id: UUID) -> QuerySet[RegionalIdentity]:
    return RegionalIdentity.objects.filter(pk=patient_id)


def regional_identities(patient_ids: Sequence[UUID]) -> dict[UUID, RegionalIdentity]:
    """The best traits of several patients, by id, in one query."""
    rows = RegionalIdentity.objects.filter(pk__in=list(patient_ids))
    return {row.patient_id: row for row in rows}


def patient_names(patient_ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of the patients whom the current actor may see, as lists say them: birth name first, then the
    name in use when it is another.
    """
    rows = regional_identities(list(patient_ids))
    return {one: _listed_name(row) for one, row in rows.items()}


def _listed_name(row: RegionalIdentity) -> str:
    name = f"{row.birth_name} {row.first_given_name}".strip()
    is_other = bool(row.used_name) and row.used_name != row.birth_name
    return f"{name} (usage\u00a0: {row.used_name})" if is_other else name


def identities_of(patient_id: UUID) -> list[SourceIdentity]:
    """The source identities of a patient, oldest first."""
    return list(SourceIdentity.objects.filter(patient_id=patient_id).order_by("id"))


LATEST = (
    "select id from source_identity where patient_id = %s order by changed_at desc, id desc limit 1"
)


def latest_identity_ahead(patient_id: UUID) -> Statement:
    """What `latest_identity` asks."""
    return LATEST, [patient_id]


def latest_identity(patient_id: UUID) -> UUID | None:
    """The source identity that carries a fact written here: it follows that one if links change."""
    rows = fetch_all(*latest_identity_ahead(patient_id))
    return rows[0][0] if rows else None


def banner(patient_id: UUID, *, url: str = "", categories: set[str] | None = None) -> shapes.Banner:
    """The patient banner with the allergies that the record knows.

    `categories` are those that the current actor may read, when the caller already asked.
    """
    readable = readable_categories(patient_id) if categories is None else categories
    return with_facts(banner_of(regional_identity(patient_id), url=url), patient_id, readable)


def banner_of(row: RegionalIdentity, *, url: str = "") -> shapes.Banner:
    """The banner of a row already read."""
    kind = ins_oid_kind(row.ins_oid) if row.ins_oid else None
    return shapes.Banner(
        birth_name=row.birth_name,
        first_given_name=row.first_given_name,
        used_name=row.used_name,
        used_given_name=row.used_given_name,
        birth_date=row.birth_date,
        sex=row.sex,
        identity_status=row.attribute if row.attribute in shapes.IDENTITY_STATUSES else row.status,
        ins=row.ins,
        ins_kind="NIA" if kind == "NIA" else "NIR",
        ins_is_test=kind in ("TEST", "DEMO"),
        deceased_on=row.deceased_at.date() if row.deceased_at else None,
        url=url,
    )


# --- search in one's circle ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class After:
    """Where the next page of a search begins: the keys of the last row shown."""

    name_key: str
    given_key: str
    patient_id: UUID


def search(
    text: str = "",
    *,
    birth_name: str = "",
    given: str = "",
    birth_date: str = "",
    ins: str = "",
    local: str = "",
    limit: int = 25,
    after: After | None = None,
) -> list[RegionalIdentity]:
    """Patients of the actor's circle, by free text or by fields, in the order of their names.

    A search wants an INS, a local number, a full birth date or two letters of a name; less gives
    nothing. One audit line names whoever was shown.
    """
    actor = current_actor()
    asked = rules.parse_search(text) if text else rules.SearchFields(
        rules.name_key(birth_name), rules.given_key(given), birth_date, ins.replace(" ", ""), local
    )  # fmt: skip
    if asked.is_empty or not _may_read(actor):
        return []
    ids = _search_ids(asked, limit, after)
    rows = regional_identities(ids)
    shown = [rows[patient_id] for patient_id in ids if patient_id in rows]
    note("identity.search", patient_ids=[row.patient_id for row in shown], object_kind="identity")
    return shown


def _may_read(actor: Actor) -> bool:
    return actor.role == "person" or access_rules.permits(actor.role, "identity", access_rules.READ)


def _search_ids(asked: rules.SearchFields, limit: int, after: After | None) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select patient_id from identity_search(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                asked.birth_name, asked.given, asked.birth_date, asked.ins, asked.local, limit,
                after.name_key if after else "", after.given_key if after else "",
                after.patient_id if after else None,
            ],
        )  # fmt: skip
        return [row[0] for row in cursor.fetchall()]


# --- exact search --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExactAnswer:
    """`kind` is `none`, `inside` (then `patient_id`), `outside` (then `token`) or `several`."""

    kind: str
    patient_id: UUID | None = None
    token: str = ""


def exact_search(
    *,
    ins: str = "",
    birth_name: str = "",
    first_given_name: str = "",
    birth_date: str = "",
    sex: str = "",
) -> ExactAnswer:
    """Whether one person of the region has exactly this INS, or name, first name, birth date and sex.

    It tells no trait. The asker is counted, and the journal names whom they were told of.

    Raises:
        PermissionDenied: not a professional who may read identities.
        TooManySearchesError: more than 20 in this minute.
    """
    actor = current_actor()
    if actor.kind != "professional" or actor.user_id is None or not _may_read(actor):
        raise PermissionDenied
    if _used_this_minute(actor.user_id) > EXACT_PER_MINUTE:
        note("identity.search.exact", outcome="refused", reason="rate")
        raise TooManySearchesError
    found = _exact_ids(ins, birth_name, first_given_name, birth_date, sex)
    kind = (
        "none"
        if not found
        else "several"
        if len(found) > 1
        else "inside"
        if found[0][1]
        else "outside"
    )
    note(
        "identity.search.exact",
        patient_ids=[patient_id for patient_id, _ in found],
        object_kind="identity",
        details={"answer": kind, "by": "ins" if ins else "traits"},
    )
    if kind == "inside":
        return ExactAnswer(kind, patient_id=found[0][0])
    if kind == "outside":
        return ExactAnswer(kind, token=_seal(found[0][0], actor.user_id))
    return ExactAnswer(kind)


def record_to_control(ins: str) -> UUID | None:
    """The record of exactly this INS, for the data-protection officer, who reads nothing of it by this.

    Counted as an exact search. The caller leaves the line of what is then shown.

    Raises:
        PermissionDenied: somebody else.
        TooManySearchesError: more than 20 in this minute.
    """
    actor = current_actor()
    if actor.role != "auditor" or actor.user_id is None:
        raise PermissionDenied
    if _used_this_minute(actor.user_id) > EXACT_PER_MINUTE:
        note("identity.search.exact", outcome="refused", reason="rate")
        raise TooManySearchesError
    found = _exact_ids(ins, "", "", "", "")
    return found[0][0] if len(found) == 1 else None


def patient_of_token(token: str, *, actor: Actor | None = None) -> UUID | None:
    """The patient that an « outside » answer was about: for the same user, within ten minutes."""
    by = actor or current_actor()
    try:
        content = cipher("identity.outside").decrypt(token.encode(), ttl=TOKEN_SECONDS)
    except InvalidToken:
        return None
    if by.user_id is None or content[16:] != by.user_id.bytes:
        return None
    return UUID(bytes=content[:16])


# --- somebody who arrives by themselves ----------------------------------------------------------


def patient_of_civil_status(
    *, birth_name: str, given_names: str, birth_date: str, sex: str, birth_place_code: str
) -> UUID | None:
    """The patient, without an account yet, whose qualified identity has exactly these five strict traits.

    None whatever the reason: nobody, several (of any status), a status under qualified, a doubt, an account.
    The caller has a proof of the civil status and tells no difference (RNIV, strict traits).
    """
    traits = [
        rules.name_key(birth_name), rules.given_key(given_names), birth_date, sex, birth_place_code
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("select identity_of_civil_status(%s, %s, %s, %s, %s)", traits)
        row = cursor.fetchone()
    return row[0] if row else None


def may_be(patient_id: UUID, *, birth_date: str, sex: str) -> bool:
    """Whether a birth date and a sex go with a patient's, as far as theirs are known."""
    with connection.cursor() as cursor:
        cursor.execute("select identity_may_be(%s, %s, %s)", [patient_id, birth_date, sex])
        row = cursor.fetchone()
    return bool(row and row[0])


def _exact_ids(ins: str, name: str, given: str, birth: str, sex: str) -> list[tuple[UUID, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select patient_id, is_inside from identity_exact(%s, %s, %s, %s, %s)",
            [ins.replace(" ", ""), rules.name_key(name), rules.given_key(given), birth, sex],
        )
        return list(cursor.fetchall())


def _used_this_minute(user_id: UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into identity_exact_quota as q (user_id, minute, used) "
            "values (%s, date_trunc('minute', now()), 1) on conflict (user_id) do update set "
            "used = case when q.minute = excluded.minute then q.used + 1 else 1 end, "
            "minute = excluded.minute returning used",
            [user_id],
        )
        row = cursor.fetchone()
        return int(row[0]) if row else 1


def _seal(patient_id: UUID, user_id: UUID) -> str:
    return cipher("identity.outside").encrypt(patient_id.bytes + user_id.bytes).decode()


# --- the identity unit ---------------------------------------------------------------------------


def attributes_of(identities: Sequence[SourceIdentity]) -> dict[UUID, list[str]]:
    """The RNIV attributes of identities that one may see: doubtful or fictitious, and homonym beside it."""
    with connection.cursor() as cursor:
        cursor.execute("select identity_namesakes(%s)", [[one.id for one in identities]])
        namesakes = {row[0] for row in cursor.fetchall()}
    return {
        one.id: [
            *([one.attribute] if one.attribute in {rules.DOUBTFUL, rules.FICTIVE} else []),
            *([rules.HOMONYM] if one.id in namesakes else []),
        ]
        for one in identities
    }


def identities_of_items(item_ids: Sequence[UUID]) -> dict[UUID, list[SourceIdentity]]:
    """The identities of work items, in the items' order; nothing for who is not of the unit."""
    found: dict[UUID, list[SourceIdentity]] = {}
    with connection.cursor() as cursor:
        cursor.execute("select item_id, body from identity_of_work(%s)", [list(item_ids)])
        for item_id, body in cursor.fetchall():
            found.setdefault(item_id, []).append(store.identity_of(store.row_of(body)))
    note(
        "identity.work.read",
        patient_ids=sorted({one.patient_id for many in found.values() for one in many}),
        object_kind="identity_work_item",
    )
    return found
