"""Who masks a document of a record, from whom, and until when (pure).

Sources: Code de la santé publique L1111-15 (who holds the record, or their legal representative, may make some
information of it inaccessible), R4127-35 (information that is grave is given with care, by a person); CI-SIS, codes
of visibility of the DMP (MASQUE_PS, which its author still reads; INVISIBLE_PATIENT, until a consultation of
announcement).
"""

FROM_PROFESSIONALS = "masked_from_professionals"
FROM_PATIENT = "hidden_from_patient"

PERSONS = frozenset({"patient", "proxy"})
"""The parts that mask from professionals: the person, and who acts for them."""

REASON_LENGTH = 5
"""Signs of a reason, at least, as for what is withdrawn from a record."""

CONTRIBUTE = 2
"""`access.models.Level`: who only reads a record for somebody decides nothing for them."""


def may_mask(role: str, level: int) -> bool:
    """Whether somebody who reads a document may mask it from professionals, and show it again."""
    return role in PERSONS and level >= CONTRIBUTE


def may_hide(role: str, *, may_write: bool) -> bool:
    """Whether somebody may hide a document from the person until they are told of it, and show it then."""
    return may_write and role not in PERSONS


def is_reason(text: str) -> bool:
    """Whether a reason says something."""
    return len(text.strip()) >= REASON_LENGTH
