"""Beds: who has free ones, since when, an epidemic at the hospital, requests to the crisis cell."""

from enrs.config.demo.days.stage import Stage
from enrs.core.effects import act
from enrs.referentials.directory.models import Organisation
from enrs.referentials.offer.commands import publish_locations
from enrs.referentials.offer.models import HealthcareService
from enrs.services.beds import demo


def play(stage: Stage) -> None:
    """Every unit with beds counted by the nurse of the hospital, or by software; the rest of the story."""
    nurse, doctor, operator = (stage.people[one] for one in ("letallec", "benhamou", "roux"))
    services = HealthcareService.objects.select_related("site").defer("site__search")
    units = services.filter(kind=HealthcareService.Kind.UNIT, place_count__gt=0).order_by("pk")
    demo.fill(stage.rows, list(units), by=nurse, now=stage.now)
    demo.neighbours(stage.rows, stage.now)
    site = (
        Organisation.objects.defer("search")
        .filter(pk=stage.place_of("benhamou").grantee_id)
        .first()
    )
    if site is not None:
        demo.crisis(stage.rows, site, by=doctor, now=stage.now)
    place = stage.place_of("roux")
    demo.requests(
        stage.rows, by=doctor, cell=operator, cell_place=(place.grantee_id, place.name), now=stage.now
    )  # fmt: skip
    stage.rows.write()
    with act():
        publish_locations([one.pk for one in units])
