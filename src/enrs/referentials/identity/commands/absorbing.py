"""Which number a source merged into another, and what follows for what is compared."""

from datetime import UTC, datetime
from uuid import UUID

from enrs.referentials.identity.commands import store
from enrs.referentials.identity.matching import online
from enrs.referentials.identity.models import SourceIdentity


def tell_merge(
    identity: SourceIdentity, into: UUID | None, by: str, told_at: datetime | None = None
) -> None:
    """Write what was last said of where a number went; `neighbourhood.read` brings what counts to it."""
    identity.absorbed_told_into = into
    identity.absorbed_told_at, identity.absorbed_told_by = told_at or datetime.now(UTC), by[:120]
    store.write(store.update_identity(identity))


def absorb(identity: SourceIdentity, into: UUID | None) -> None:
    """Have an identity live, and be compared again, or not, and be compared no more."""
    identity.absorbed_into_id = into
    store.write(store.update_identity(identity))
    if into is not None:
        online.write_compared(identity.id, None, [], [])
        return
    features, keys = online.prepared(
        identity.traits, attribute=identity.standing, system=identity.system
    )
    likes = online.scored(features, online.near(keys, besides=identity.id))
    online.write_compared(identity.id, features, keys, likes)
