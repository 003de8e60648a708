"""The rights of the three database roles, and row security, declared in one place.

Run after every migration, as the owner. Each app may add a `policies.sql` beside its models for its
own functions; it is read before the general part.
"""

from pathlib import Path

from django.apps import apps
from django.db import connections

from enrs.core.access import rules
from enrs.core.subjects.commands import clinical_models
from enrs.core.subjects.erasing import erasing_function

DELETABLE = {
    "account_application_session", "account_logout_notice", "account_used_grant",
    "account_provider_session", "account_heard_logout",
    "geography_territory",
    "geography_territory_commune",
    "django_session", "django_cache", "usersessions_usersession", "mfa_authenticator",
    "socialaccount_socialaccount", "socialaccount_socialtoken",
    "allauth_idp_oidc_token", "fhir_key", "event_receipt", "account_emailaddress", "account_emailconfirmation",
    "directory_unpublished", "offer_favourite", "offer_search", "portal_favourite", "portal_code", "periodic_job",
    "rights_retention", "identity_feature", "identity_pair", "identity_hot_key", "identity_active_line",
}  # fmt: skip
"""Tables that hold no clinical fact: elsewhere a row is withdrawn, never deleted."""

APPEND_ONLY = {
    "audit_line", "audit_seal", "access_break_glass", "access_matrix_change", "event", "directory_change",
    "rights_copy_piece", "rights_glass_act", "rights_request_act", "portal_announcement_change",
    "portal_service_opening_change", "offer_vocabulary_change",
    "rights_approval", "rights_elimination",
}  # fmt: skip
OWNER_ONLY = {"django_migrations", "access_matrix", "enrs_epoch"}
"""Tables that only the owner writes."""

UNSEEN_BY_PAGES = {"audit_line", "audit_seal", "event"}
"""Tables that pages add to and never read, for they name patients and stand under no row security."""

PATIENT_TABLES: dict[str, str] = {
    "access_grant": "patient_id",
    "access_denial": "patient_id",
    "access_break_glass": "patient_id",
    "patient": "id",
}
"""Tables under row security that are not clinical facts, with the column that names the patient."""


PUBLIC_WITHOUT_PATIENT: set[str] = set()
"""Guarded tables whose rows without a patient are public (the directory's resources)."""


def guard_table(
    table: str, column: str = "patient_id", *, is_public_without_patient: bool = False
) -> None:
    """Put one more table under row security; called by apps when they are loaded."""
    PATIENT_TABLES[table] = column
    if is_public_without_patient:
        PUBLIC_WITHOUT_PATIENT.add(table)


def apply_policies(using: str = "default") -> None:
    """Write every right anew: idempotent, and quick enough to follow each migration."""
    connection = connections[using]
    guarded = PATIENT_TABLES | {model._meta.db_table: "patient_id" for model in clinical_models()}
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for script in _scripts():
            cursor.execute(script.read_text(encoding="utf-8"))
        cursor.execute(
            "grant usage on schema public to enrs_app, enrs_feed;"
            "grant usage on all sequences in schema public to enrs_app, enrs_feed;"
            "revoke all on all tables in schema public from enrs_app, enrs_feed;"
        )
        for table in sorted(tables):
            cursor.execute(_rights(table))
        for table, column in sorted(guarded.items()):
            if table in tables:
                cursor.execute(_guard(table, column))
        cursor.execute(erasing_function())
        for table in sorted(UNSEEN_BY_PAGES & tables):
            cursor.execute(f'revoke select on "{table}" from enrs_app')
        _write_matrix(cursor)


def _scripts() -> list[Path]:
    """Each app's own functions, those of `access` first: the others call them."""
    ours = [config for config in apps.get_app_configs() if config.name.startswith("enrs.")]
    ours.sort(key=lambda config: config.label != "access")
    scripts = [Path(config.path) / "policies.sql" for config in ours]
    return [script for script in scripts if script.exists()]


def _rights(table: str) -> str:
    """What both roles may do with one table. Partitions get no right: they are reached by their parent."""
    verbs = "select, insert"
    if table in OWNER_ONLY:
        verbs = "select"
    elif table not in APPEND_ONLY:
        verbs += ", update"
    if table in DELETABLE:
        verbs += ", delete"
    return f'grant {verbs} on "{table}" to enrs_app, enrs_feed;'


def _guard(table: str, column: str) -> str:
    reads = f'access_reads("{column}")'
    if table in ("access_grant", "access_denial"):
        reads = f"grantee_id = any (access_grantees()) or {reads}"
    if table in PUBLIC_WITHOUT_PATIENT:
        reads = f'"{column}" is null or {reads}'
    check = "true" if table in ("access_grant", "access_denial", "patient") else reads
    return f"""
        alter table "{table}" enable row level security;
        drop policy if exists app_reads on "{table}";
        drop policy if exists app_adds on "{table}";
        drop policy if exists app_changes on "{table}";
        drop policy if exists feed_all on "{table}";
        create policy app_reads on "{table}" for select to enrs_app using ({reads});
        create policy app_adds on "{table}" for insert to enrs_app with check ({check});
        create policy app_changes on "{table}" for update to enrs_app using ({reads}) with check (true);
        create policy feed_all on "{table}" for all to enrs_feed using (true) with check (true);
    """


def _write_matrix(cursor: object) -> None:
    """The release's matrix, with what the region changed of it and this release still allows."""
    cursor.execute(  # type: ignore[attr-defined]
        "select distinct on (role, category) role, category, after from access_matrix_change"
        " order by role, category, id desc"
    )
    rows = cursor.fetchall()  # type: ignore[attr-defined]
    cells = rules.overlaid({(role, category): acts for role, category, acts in rows})
    cursor.execute("delete from access_matrix")  # type: ignore[attr-defined]
    cursor.executemany(  # type: ignore[attr-defined]
        "insert into access_matrix (role, category, may_read, may_write) values (%s, %s, %s, %s)",
        [
            (role, category, acts != "", acts == "rw")
            for role in rules.ROLES
            for category in rules.CATEGORIES
            for acts in [cells[role].get(category, "")]
        ],
    )
