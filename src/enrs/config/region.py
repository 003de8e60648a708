"""The region served, read from `region.toml`."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Region:
    """Name, legal zone and territory of the region, and the hours in which its offices work.

    `holidays` names the territory whose public holidays are kept (`core.working_time.TERRITORIES`);
    empty, it follows from the departments. `identity_provider`, `franceconnect`: see `config.federation`.
    `service_departments` limits services (keys of their offers) to departments. `sirene_naf` are the
    activities (NAF rév. 2, or how their codes begin) whose open establishments SIRENE brings. Without
    `links_by_score`, a likeness is only shown to the identity unit, never linked by rule; without
    `quarantines_overlays`, traits of somebody else under a known number are applied like any change.
    `insi` names what speaks to the national identity service (`identity.insi`); an INS is verified again
    after `ins_check_years`.
    `national_record` names what speaks to the national record, DMP (`services.record.national`).
    `identity_four_eyes`: a second person of the identity unit confirms what is decided of qualified identities.
    """

    name: str
    short_name: str
    zone: str
    departments: tuple[str, ...]
    identity_domain: str
    contact: str
    working_hours: tuple[str, str] = ("09:00", "18:00")
    holidays: str = ""
    identity_provider: tuple[Mapping[str, Any], ...] = ()
    franceconnect: Mapping[str, Any] | None = None
    service_departments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sirene_naf: tuple[str, ...] = ("86", "87", "88", "47.73Z")
    links_by_score: bool = True
    quarantines_overlays: bool = True
    insi: str = ""
    national_record: str = ""
    ins_check_years: int = 3
    identity_four_eyes: bool = False


@cache
def region() -> Region:
    """The region of `ENRS_REGION`, else the one beside this file."""
    path = Path(os.environ.get("ENRS_REGION") or Path(__file__).with_name("region.toml"))
    tree = tomllib.loads(path.read_text(encoding="utf-8"))
    lists = {name: tuple(value) for name, value in tree.items() if isinstance(value, list)}
    return Region(**tree | lists)
