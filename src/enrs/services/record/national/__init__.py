"""The national record (DMP): its contract, the client by MHD, and which one is in use."""

from functools import cache
from importlib import import_module

from django.conf import settings

from enrs.services.record.national.contract import NationalRecord
from enrs.services.record.national.mhd import MhdRecord


def service() -> NationalRecord | None:
    """The national record in use: the installation's own, else the demo's stand-in; None where there is none.

    `national_record = "package.module:name"` in `region.toml` names what makes the installation's own. It may not
    be a stand-in in production.
    """
    return _service(
        settings.REGION.national_record, settings.NATIONAL_RECORD_STAND_IN, settings.MODE
    )


@cache
def _service(named: str, stand_in: str, mode: str) -> NationalRecord | None:
    if named:
        module, _, name = named.partition(":")
        made: NationalRecord = getattr(import_module(module), name)()
        if mode == "production" and made.is_stand_in:
            raise ValueError("national_record : pas de DMP de démonstration en production.")
        return made
    if stand_in and mode != "production":
        return MhdRecord(stand_in, is_stand_in=True)
    return None
