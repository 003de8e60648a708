"""An organisation that coordinates needs its place in the circle while its case is open."""

from uuid import UUID

from enrs.referentials.circles.needs import need_places
from enrs.services.coordination.models import Case


def _follows(patient_id: UUID, organisation_id: UUID) -> bool:
    rows = Case.objects.filter(patient_id=patient_id, organisation_id=organisation_id)
    return rows.filter(closed_at=None, withdrawn_at=None).exists()


need_places("coordination", _follows)
