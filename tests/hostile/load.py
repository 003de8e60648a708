"""Imports every file of cases: the table is then whole."""

from tests.hostile.cases import (  # noqa: F401
    access,
    accounts,
    agenda,
    beds,
    circles,
    coordination,
    directory,
    gateway,
    home_monitoring,
    identity,
    identity_active_files,
    identity_desk,
    identity_emergencies,
    identity_governance,
    identity_probes,
    machinery,
    notifications,
    offer,
    plans,
    portal,
    questionnaires,
    record,
    rights,
    rosters,
    threads,
    vaccination,
    workflow,
)

PAGES_TOO: dict[str, str] = {
    "referentials.identity.own_systems": "a reading: for which numbers one's place answers",
    "core.accounts.open_to_application": "of one's own session, once the provider let it in",
    "core.audit.note": "a line of the journal gives nothing to anybody",
    "core.agenda.demand_appointment": "a check alone: it refuses, and writes nothing",
    "core.notifications.narrow": "narrows row security to one account, once its key is known",
    "core.notifications.record_sms": "of the account whose key the API has just known",
    "core.notifications.take_receipt": "told by the gateway of SMS, whose signature was checked",
    "core.notifications.take_reply": "told by the gateway of SMS, whose signature was checked",
    "services.coordination.preview": "a reading, of a file that the page found under its place",
}
"""Parts that pages call themselves, and why that is harmless."""
