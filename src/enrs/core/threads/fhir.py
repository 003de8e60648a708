"""Messages about a person as FHIR R4 `Communication`.

Only those of a conversation open to the person's circle are published: the published resource is guarded
by category and circle, and knows nothing of members. A conversation of members stays on its pages.
"""

from typing import Any

from enrs.core.fhir.commands import HIDDEN_FROM_PATIENT, HIDDEN_FROM_PROXIES, publish
from enrs.core.fhir.rules.dates import instant
from enrs.core.fhir.rules.identifiers import identifier_keys
from enrs.core.threads.models import Message, Thread

THREADS = "urn:local:thread"


def to_fhir(row: Message, thread: Thread) -> dict[str, Any]:
    """The resource: what was said, by whom, when, about whom and on which subject."""
    is_gone = row.withdrawn_at is not None
    resource: dict[str, Any] = {
        "resourceType": "Communication",
        "id": str(row.id),
        "identifier": [
            {"system": THREADS, "value": f"{thread.id}/{row.number}"},
            *row.identifiers,
        ],
        "status": "entered-in-error" if is_gone else "completed",
        "sent": instant(row.posted_at),
        "sender": {"display": row.author_name},
    }
    if thread.patient_id:
        resource["subject"] = {"reference": f"Patient/{thread.patient_id}"}
    if thread.title:
        resource["topic"] = {"text": thread.title}
    if not is_gone and row.text:
        resource["payload"] = [{"contentString": row.text}]
    return resource


def publish_message(row: Message, thread: Thread) -> None:
    """Publish a message of a conversation that the circle reads."""
    if thread.patient_id is None or thread.audience == Thread.Audience.MEMBERS:
        return
    is_for_all = thread.audience == Thread.Audience.ALL
    publish(
        to_fhir(row, thread),
        patient_id=thread.patient_id,
        category="messages",
        keys=[
            ("sent", instant(row.posted_at)),
            ("status", "entered-in-error" if row.withdrawn_at else "completed"),
            ("identifier", f"{thread.id}/{row.number}"),
            ("identifier", f"{THREADS}|{thread.id}/{row.number}"),
            ("date", instant(row.posted_at)),
            *identifier_keys(row.identifiers),
        ],
        marks=0 if is_for_all else HIDDEN_FROM_PATIENT | HIDDEN_FROM_PROXIES,
        is_deleted=row.withdrawn_at is not None,
    )
