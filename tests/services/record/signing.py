"""A doctor whom the national directory knows, with their place; and a national record that answers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from enrs.config.demo.stand_in import national_record
from enrs.core.access.actor import Actor, acting
from enrs.core.accounts.models import Position
from enrs.core.ids import uuid7
from enrs.referentials.directory.models import Practitioner, PractitionerRole
from enrs.services.record import commands
from tests.factories import organisation
from tests.services.record import factories as f

FINESS = "770000024"


def known(actor: Actor, *, sector: str = "SA07", finess: str = FINESS, **changes: Any) -> Actor:
    """Somebody with their line in the directory, at a place with a FINESS number."""
    place = organisation(f"Cabinet {actor.name}", finess_eg=finess)
    person = Practitioner.objects.create(
        id=actor.grantee_id, idnat=f"8{uuid7().int % 10**11:011d}", title="Docteur", family="ROCHE",
        given="Camille", name_key="ROCHE CAMILLE", row_hash="",
    )  # fmt: skip
    values = {
        "profession_code": "10", "profession_label": "Médecin", "speciality_code": "SM26",
        "speciality_label": "Médecine générale", "sector": sector, "sector_label": "Cabinet individuel",
    }  # fmt: skip
    PractitionerRole.objects.create(
        id=uuid7(), practitioner=person, organisation=place, row_hash="", **values | changes
    )
    Position.objects.filter(user_id=actor.user_id).update(
        organisation_id=place.id, organisation_name=place.name
    )
    return replace(actor, organisation_id=place.id, organisation_name=place.name)


def doctor(patient_id: UUID, role: str = "physician", **changes: Any) -> Actor:
    """A doctor of the circle who may sign."""
    return known(f.member(patient_id, role), **changes)


def summary(patient_id: UUID, by: Actor) -> None:
    """A summary that a VSM may be made of."""
    with acting(by):
        for kind, values in (
            (
                "problem",
                {
                    "display": "Diabète de type 2",
                    "code": "E11",
                    "code_system": "2.16.840.1.113883.6.3",
                    "began_on": "2011",
                },
            ),
            (
                "problem",
                {"display": "Fracture du col", "status": "resolved", "ended_on": "2019-06"},
            ),
            ("allergy", {"display": "Pénicilline", "criticality": "high", "reaction": "Œdème"}),
            ("treatment", {"display": "Metformine 1 g", "dosage": "1 matin et soir"}),
            ("vaccination", {"display": "Grippe", "given_on": "2025-10"}),
        ):
            commands.record_entry(kind=kind, patient_id=patient_id, values=values)
        for kind, value, second in (
            ("weight", "72.5", None),
            ("pressure", "132", "78"),
            ("pain", "2", None),
        ):
            measured = {"kind": kind, "value": value, "second": second, "measured_at": f.ago(1)}
            commands.record_entry(kind="measure", patient_id=patient_id, values=measured)


@contextmanager
def answering() -> Iterator[tuple[national_record.Repository, str]]:
    """The stand-in for the national record, listening on this machine; gives it and its address."""
    repository = national_record.Repository()
    server = national_record.serve(repository, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield repository, f"http://127.0.0.1:{server.server_port}{national_record.PATH}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
