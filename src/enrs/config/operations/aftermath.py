"""After a restore: the last acts of the former epoch take effect, and nothing leaves a second time.

What was waiting to be sent when the backup was made may have left since: nobody here can know. It is
set *uncertain*, which never leaves by itself: a person sends it again, or cancels it. Events that no
subscriber had seen are delivered first, so that what they send is held with the rest.

A session that was ended since the backup, or a token that was withdrawn, would live again: all of them end.
So would an approval to erase a record that was taken back since: a person approves it again.
"""

from collections.abc import Iterable

from allauth.idp.oidc.models import Token
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models.signals import post_migrate
from django.utils import timezone

from enrs.config.operations.errors import OperationError
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.apps import apply_after_migrate
from enrs.core.access.policies import apply_policies
from enrs.core.audit.commands import note, seal
from enrs.core.effects import act
from enrs.core.events.subscribers import deliver_all
from enrs.core.notifications.models import Sending
from enrs.services.record.models import Publication
from enrs.services.record.national.contract import RESTORED
from enrs.services.rights.models import Retention

UNDECIDED = (Sending.State.WAITING, Sending.State.LEAVING)
HELD = "Restauration : peut-être déjà parti après la sauvegarde."


def refuse_newer(migrations: Iterable[str]) -> None:
    """Raise OperationError when a backup comes from a schema that this program does not know."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    unknown = sorted(set(migrations) - known)
    if unknown:
        message = (
            f"La sauvegarde vient d'une version plus récente du programme ({unknown[0]}) : "
            "installez-la d'abord."
        )
        raise OperationError(message)


def pending_migrations() -> int:
    """Migrations that the database has not had yet."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate() -> None:
    """Bring the schema, the rights and the row policies up to date."""
    call_command("migrate", verbosity=0)


def bring_up() -> None:
    """Bring a restored schema up to this program's, without giving the parts their rights yet."""
    access = apps.get_app_config("access")
    post_migrate.disconnect(apply_after_migrate, sender=access)
    try:
        call_command("migrate", verbosity=0)
    finally:
        post_migrate.connect(apply_after_migrate, sender=access)


def open_to_parts() -> None:
    """Give the parts their rights in the restored database: the last step."""
    apply_policies()


def settle_restored(*, made_at: str, resume: bool) -> int:
    """Close the former epoch and write the restore in the journal; returns how many sendings are held.

    With `resume`, nothing ran since the backup (a move, an upgrade): what waited leaves as it would
    have.
    """
    if not resume:
        while deliver_all():
            pass
    with transaction.atomic(), acting(SYSTEM), act():
        held = 0 if resume else hold_sendings() + hold_publications()
        closed = 0 if resume else close_doors()
        returned = 0 if resume else return_approved()
        note(
            "operations.restored",
            object_kind="backup",
            object_id=made_at,
            details={"held": held, "closed": closed, "returned": returned, "resumed": resume},
        )
    while seal():
        pass
    return held


def hold_sendings() -> int:
    """Set uncertain all that waits to leave."""
    return Sending.objects.filter(state__in=UNDECIDED).update(
        state=Sending.State.UNCERTAIN, error=HELD, left_at=timezone.now()
    )


def hold_publications() -> int:
    """Put aside what waits to leave for the national record: whoever replays it finds it again if it left."""
    rows = Publication.objects.filter(state=Publication.State.WAITING, entry_id="")
    return rows.update(state=Publication.State.REFUSED, code=RESTORED, error=HELD, next_try_at=None)


def close_doors() -> int:
    """End every session and token; returns how many. The applications that a session opened are told."""
    UserSession.objects.all().delete()
    return sum(rows.delete()[0] for rows in (Session.objects.all(), Token.objects.all()))


def return_approved() -> int:
    """Set to be decided again every record whose erasure was approved; returns how many."""
    return Retention.objects.filter(state=Retention.State.APPROVED).update(
        state=Retention.State.DUE, approval=None
    )


def note_backup(*, folder: str, rows: int) -> None:
    """The line of a backup in the journal: a copy of everything was made."""
    with transaction.atomic(), acting(SYSTEM), act():
        note("operations.backed_up", object_kind="backup", object_id=folder, details={"rows": rows})
