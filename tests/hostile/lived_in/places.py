"""Life of the places: beds and their cell, units of the offer, what the operator reads and settles."""

from datetime import timedelta

from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.referentials.directory.models import LoadReport, RefusedRow
from enrs.referentials.geography.commands import import_territories
from enrs.referentials.offer import commands as offering
from enrs.referentials.offer import links
from enrs.referentials.offer.models import HealthcareService, Referent
from enrs.services.beds.commands import open_crisis
from tests.factories import operating_session
from tests.hostile.cases import accounts, beds, directory, machinery, offer
from tests.hostile.world import World
from tests.services.beds import factories as bed_factories

HOSTILE = "=cmd|'/C zqx'!A0;<b>zqx"
"""A formula and a tag, where no form of the walk writes one."""


def beds_of(w: World) -> None:
    """A unit with figures to take back, beds kept at it, a crisis, a refused line, a bed asked of the cell."""
    beds.kept(w)
    beds.kept(w, "confirmed")
    beds.undo_entry(w)
    beds.answer_crisis(w)
    with w.as_right():
        open_crisis(site=w.place, code="epidemie", words=HOSTILE)
    beds.replay_line(w)
    beds.cancel_ask(w)
    bed_factories.capacity(bed_factories.bed_unit(w.elsewhere))


def offer_of(w: World) -> str:
    """Units that the right actor describes: in the search, in preparation, kept at hand.

    Returns the signed part of the address that they were sent, for those that wait for their word.
    """
    other = offer.somebody(w)
    Referent.objects.create(
        id=uuid7(), site=w.place, grantee_id=other.pk, display=other.display,
        named_at=timezone.now() - timedelta(days=9),
    )  # fmt: skip
    shown, under_way = offer.unit(w), offer.unit(w)
    with w.as_right():
        shown = offering.publish_unit(service=shown, expected_version=shown.version)
        offering.keep_favourite(service=shown)
        offering.save_draft(
            service=under_way,
            expected_version=under_way.version,
            values={"description": "Dix lits."},
        )
        offering.create_unit(site=w.place, name="Hôpital de jour")
        offering.create_part(site=w.place, kind="pole", name="Pôle médecine")
    HealthcareService.objects.filter(site=w.place).update(asked_at=timezone.now())
    return links.write(w.right.pk)


def operated(w: World, desk: World) -> None:
    """What the operator reads: a load with a refused line, a mistake told, territories, applications."""
    directory.settling(w)
    now = timezone.now()
    report = LoadReport.objects.create(
        kind="rpps", file_name="=<b>zqx.txt", started_at=now, ended_at=now, state="done",
        is_complete=True, refused_count=1,
    )  # fmt: skip
    RefusedRow.objects.create(
        report=report, line_number=3, reason_code="column_count", sentence=HOSTILE, raw_head=HOSTILE
    )
    with desk.as_right():
        import_territories(**machinery.import_territories(desk))
    operating_session(desk.user("standby"), reason=HOSTILE, ticket=HOSTILE)
    for _ in range(2):
        accounts.registered(desk)
    accounts.withdraw_consent(w)
