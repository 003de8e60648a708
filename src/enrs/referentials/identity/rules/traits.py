"""What a source says of a person."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime

STRICT = ("birth_name", "first_given_name", "birth_date", "sex", "birth_place_code")


class IdentityRefusedError(ValueError):
    """Traits that cannot be kept at all; `code` names the rule broken."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class KeptAsideError(IdentityRefusedError):
    """Traits that would make another person of a known number: nothing of the message may be filed.

    `keep` puts them in quarantine; it is for whoever catches this, once what was undone is undone.
    """

    def __init__(self, keep: Callable[[], object]) -> None:
        super().__init__("overlay")
        self.keep = keep


@dataclass(frozen=True, slots=True)
class Traits:
    """What a source says of a person. Dates are partial ISO text; `ins` has 15 characters.

    `multiple_birth` is empty when not told, `N`, `Y`, or the order of birth (HL7 PID-24, PID-25).
    `proof` and `collected_by` are codes of the French Core (validation mode, collection mode).
    """

    birth_name: str
    first_given_name: str
    given_names: str = ""
    used_name: str = ""
    used_given_name: str = ""
    birth_date: str = ""
    sex: str = "U"
    birth_place_code: str = ""
    ins: str = ""
    ins_oid: str = ""
    status: str = "provisional"
    address: str = ""
    postal_code: str = ""
    city: str = ""
    phone: str = ""
    email: str = ""
    deceased_at: datetime | None = None
    multiple_birth: str = ""
    proof: str = ""
    collected_by: str = ""


TRAIT_FIELDS = tuple(field.name for field in fields(Traits))
LENGTHS = {"birth_name": 100, "first_given_name": 100, "given_names": 200, "used_name": 100,
            "used_given_name": 100, "birth_place_code": 5, "address": 200, "postal_code": 10,
            "city": 100, "phone": 40, "email": 200, "multiple_birth": 2, "proof": 8, "collected_by": 8}  # fmt: skip
COMPLEMENTARY = (
    "used_name", "used_given_name", "address", "postal_code", "city", "phone", "email", "deceased_at",
    "multiple_birth",
)  # fmt: skip
