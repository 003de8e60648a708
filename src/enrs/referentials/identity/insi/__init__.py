"""The national identity service (INSi): its contract, and a stand-in outside of production."""

from functools import cache
from importlib import import_module

from django.conf import settings

from enrs.referentials.identity.insi.contract import Insi
from enrs.referentials.identity.insi.stand_in import StandIn


def service() -> Insi | None:
    """The service in use: the installation's own, else a stand-in; None where production has none.

    `insi = "package.module:name"` in `region.toml` names what makes the installation's own. It may not be the
    stand-in in production.
    """
    return _service(settings.REGION.insi, settings.MODE)


@cache
def _service(named: str, mode: str) -> Insi | None:
    if named:
        module, _, name = named.partition(":")
        made: Insi = getattr(import_module(module), name)()
        if mode == "production" and made.is_stand_in:
            raise ValueError("insi : pas de téléservice de démonstration en production.")
        return made
    return StandIn(invents=True) if mode != "production" else None
