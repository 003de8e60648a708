"""The region served, read from `region.toml`."""

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Region:
    """Name, legal zone and territory of the region."""

    name: str
    short_name: str
    zone: str
    departments: tuple[str, ...]
    identity_domain: str
    contact: str


@cache
def region() -> Region:
    """The region of `ENRS_REGION`, else the one beside this file."""
    path = Path(os.environ.get("ENRS_REGION") or Path(__file__).with_name("region.toml"))
    tree = tomllib.loads(path.read_text(encoding="utf-8"))
    return Region(**tree | {"departments": tuple(tree["departments"])})
