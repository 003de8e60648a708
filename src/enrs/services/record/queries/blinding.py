"""What the marks of documents and reports hide from each role, and whose own things are read."""

from uuid import UUID

from enrs.core.access.actor import current_actor

BLINDING = {
    "patient": ("hidden_from_patient",),
    "proxy": ("hidden_from_patient", "hidden_from_proxies"),
}
"""The marks that hide a document or a report from a role (`access.rules.sees_document`)."""


PERSONS = frozenset(BLINDING)


def blinding(role: str) -> tuple[str, ...]:
    return BLINDING.get(role, ("masked_from_professionals",))


def shown(role: str, path: str = "") -> dict[str, bool]:
    """The filter that leaves what no mark hides from this role."""
    return {f"{path}{name}": False for name in blinding(role)}


def shown_sql(role: str) -> str:
    return " and ".join(f"not {name}" for name in blinding(role))


def reader_id() -> UUID:
    """The account of the reader, whose own marks and lists are read; nobody's when there is none."""
    return current_actor().user_id or UUID(int=0)
