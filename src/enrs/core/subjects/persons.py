"""What the core may know of a person without knowing identities: the app of identity says it.

A page of an engine shows the patient's banner, and a fact written there is carried by a source identity
(it follows that one when links change); both come from `referentials.identity`, which registers itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

Carrier = Callable[[UUID], UUID | None]
BannerMaker = Callable[[UUID], Any]


@dataclass(frozen=True, slots=True)
class Followed:
    """Somebody whom the current actor follows, as a list to choose from says it."""

    patient_id: UUID
    name: str
    born: str
    sex: str


FollowedLister = Callable[[str, int], Sequence[Followed]]

_carriers: list[Carrier] = []
_followed_listers: list[FollowedLister] = []
_banner_makers: list[BannerMaker] = []


def carry_facts_by(finder: Carrier) -> None:
    """Say which source identity carries a fact written here about a patient."""
    _carriers[:] = [finder]


def carrier_of(patient_id: UUID | None) -> UUID | None:
    """The source identity that carries a new fact; None without a patient."""
    return _carriers[0](patient_id) if _carriers and patient_id else None


def show_banners_by(maker: BannerMaker) -> None:
    """Say how a patient's banner is made."""
    _banner_makers[:] = [maker]


def banner_of(patient_id: UUID | None) -> Any:
    """The patient's banner (`ui.shapes.Banner`) for whoever may read them; None without a patient."""
    return _banner_makers[0](patient_id) if _banner_makers and patient_id else None


def list_followed_by(lister: FollowedLister) -> None:
    """Say whom the current actor follows."""
    _followed_listers[:] = [lister]


def followed(text: str, size: int) -> Sequence[Followed]:
    """At most `size` people whom the current actor follows, in order of name; `text` begins a name."""
    return _followed_listers[0](text, size) if _followed_listers else ()
