"""Who describes a site's units: named by the platform's operator, then by each other."""

from django.db import IntegrityError
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.referentials.directory.models import Organisation, Practitioner
from enrs.referentials.offer.commands.traces import OfferRefusedError, demand_naming
from enrs.referentials.offer.models import Referent


def name_referent(*, site: Organisation, practitioner: Practitioner) -> Referent:
    """Trust a professional with the description of a site's units.

    Raises:
        AccessRefusedError: neither the operator nor a referent of this site.
        OfferRefusedError: they do not work for the site's legal entity (`elsewhere`), or are named already
            (`twice`).
    """
    demand_naming(site.pk)
    roles = practitioner.roles.filter(is_active=True)
    places = roles.values_list("organisation_id", "organisation__finess_ej")
    works = [
        own == site.pk or bool(legal and legal == site.finess_ej) for own, legal in places if own
    ]
    if not any(works):
        raise OfferRefusedError("elsewhere")
    made = Referent(
        id=uuid7(), site=site, grantee_id=practitioner.pk, display=practitioner.display,
        named_by=current_actor().name,
    )  # fmt: skip
    try:
        with act():
            with act(savepoint=True):
                made.save(force_insert=True)
            note("offer.referent.named", object_kind="organisation", object_id=site.pk)
    except IntegrityError as error:
        raise OfferRefusedError("twice") from error
    return made


def end_referent(*, referent: Referent) -> None:
    """Take the trust back."""
    demand_naming(referent.site_id)
    if referent.ended_at:
        return
    with act():
        referent.ended_at = timezone.now()
        referent.save(update_fields=["ended_at"])
        note("offer.referent.ended", object_kind="organisation", object_id=referent.site_id)
