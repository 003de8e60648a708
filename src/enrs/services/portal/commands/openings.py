"""Opening a service to professions and departments, or leaving it to `region.toml` again."""

from collections.abc import Collection

from django.conf import settings
from django.db import transaction

from enrs.core.access.actor import current_actor
from enrs.core.access.audiences import AUDIENCES
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.registry import offer_of
from enrs.services.portal.commands.access import demand_operator
from enrs.services.portal.models import ServiceOpening, ServiceOpeningChange
from enrs.services.portal.queries import openings as queries


class OpeningChoiceError(ValueError):
    """The service, a profession or a department that was chosen does not exist; the message says so, in French."""


def set_opening(
    *, key: str, roles: Collection[str], departments: Collection[str], expected_version: int
) -> ServiceOpening:
    """Show a service to these roles (keys of `AUDIENCES`), in these departments; none of either means all.

    It hides a card: what may be done stays the matrix's. `expected_version` is 0 before the first decision.

    Raises:
        AccessRefusedError: not the exploitation.
        OpeningChoiceError: no such service, role or department.
        StaleSaveError: somebody else decided meanwhile.
    """
    demand_operator()
    if not set(roles) <= AUDIENCES.keys() or not set(departments) <= set(
        settings.REGION.departments
    ):
        raise OpeningChoiceError("Ce métier ou ce département n’existe pas.")
    return _decide(key, expected_version, sorted(roles), sorted(departments), is_default=False)


def reset_opening(*, key: str, expected_version: int) -> ServiceOpening:
    """Leave a service to what `region.toml` says.

    Raises:
        AccessRefusedError, OpeningChoiceError, StaleSaveError: as `set_opening`.
    """
    demand_operator()
    return _decide(key, expected_version, [], [], is_default=True)


def _decide(
    key: str, version: int, roles: list[str], departments: list[str], *, is_default: bool
) -> ServiceOpening:
    if offer_of(key) is None:
        raise OpeningChoiceError("Ce service n’existe pas.")
    by = current_actor()
    told = {"roles": roles, "departments": departments, "is_default": is_default}
    with act():
        held, is_new = ServiceOpening.objects.select_for_update().get_or_create(
            key=key, defaults=told
        )
        if version != (0 if is_new else held.version):
            raise StaleSaveError(held)
        if not is_new:
            for name, value in told.items():
                setattr(held, name, value)
            held.version += 1
            held.save()
        ServiceOpeningChange(opening=held, by_id=by.user_id, by=by.name, **told).save(
            force_insert=True
        )
        note("portal.service.opened", object_kind="service", object_id=key, details=told)
    queries.forget_openings()
    # Again once it is committed: another page may have read the former decision in between.
    transaction.on_commit(queries.forget_openings)
    return held
