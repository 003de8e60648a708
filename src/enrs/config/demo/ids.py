"""Numbers of the demo: deterministic, valid by their keys, and in ranges that no real one uses."""

from datetime import UTC, date, datetime
from random import Random
from typing import Final
from uuid import UUID

from enrs.formats.keys import finess_key, luhn_key, nir_key

INS_NIR_TEST_OID: Final = "1.2.250.1.213.1.4.10"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# The version and variant bits of a UUID, RFC 9562 section 5.7.
_V7: Final = (7 << 76) | (2 << 62)
_V7_CLEAR: Final = ~((0xF << 76) | (3 << 62))


def rng_for(seed: int, *path: object) -> Random:
    """Return a generator that depends only on the seed and on the place in the region."""
    return Random(":".join(map(str, (seed, *path))))  # noqa: S311 - invented data, no secret


def milliseconds(moment: datetime) -> int:
    """Return the milliseconds of an aware moment since 1970."""
    return int((moment - _EPOCH).total_seconds() * 1000)


def uuid7(rng: Random, at_ms: int) -> UUID:
    """Return a UUIDv7-shaped identifier: 48 bits of milliseconds, then bits drawn from `rng`."""
    return UUID(int=((at_ms << 80 | rng.getrandbits(80)) & _V7_CLEAR) | _V7)


def midnight_ms(day: date) -> int:
    """Return the milliseconds at the start of a day, UTC."""
    return (day.toordinal() - 719_163) * 86_400_000


def demo_finess(department: str, order: int) -> str:
    """Return an invented FINESS number: filler digit 9, which the register does not use."""
    body = f"{department}9{order:05d}"
    return body + finess_key(body)


def demo_rpps(order: int) -> str:
    """Return an invented RPPS number, in the 997 range of the national test numbers."""
    body = f"997{order:07d}"
    return body + luhn_key(body)


def demo_siret(order: int) -> str:
    """Return an invented SIRET whose SIREN begins with 999."""
    establishment, company = divmod(order, 100_000)
    siren = f"999{company:05d}"
    body = f"{siren}{luhn_key(siren)}{establishment + 1:04d}"
    return body + luhn_key(body)


def demo_phone(rng: Random, mobile: bool) -> str:
    """Return a number of the ranges kept for fiction by the ARCEP (decision 2018-0881)."""
    tail = f"{int(rng.random() * 10_000):04d}"
    return ("063998" if mobile else "019900") + tail


def demo_nir(sex: str, born_on: date, birth_place_code: str, order: int) -> str:
    """Return the 15 characters of an invented NIR: sex, year, month, COG, order, key."""
    first = "1" if sex == "M" else "2"
    body = f"{first}{born_on.year % 100:02d}{born_on.month:02d}{birth_place_code}{order:03d}"
    return body + nir_key(body)
