"""Check keys of the French national numbers: RPPS, FINESS, SIREN, SIRET and NIR."""

import re

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_FINESS_SHAPE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{7}")
_NIR_SHAPE = re.compile(r"[0-9]{5}(?:[0-9]{2}|2[AB])[0-9]{6}")
# The establishments of La Poste share one SIREN and follow their own rule.
_POST_OFFICE_SIREN = "356000000"


def luhn_sum(digits: str) -> int:
    """Return the Luhn sum of ASCII digits, the last of them not doubled (ISO/IEC 7812-1)."""
    values = digits.encode("ascii")
    total = 0
    for value in values[-1::-2]:
        total += value - 48
    for value in values[-2::-2]:
        total += _DOUBLED[value - 48]
    return total


def luhn_key(digits: str) -> str:
    """Return the one digit to append to `digits` so that the whole passes the Luhn test."""
    return str(-luhn_sum(digits + "0") % 10)


def _is_digits(value: str, length: int) -> bool:
    return len(value) == length and value.isascii() and value.isdigit()


def is_rpps(value: str) -> bool:
    """Tell whether `value` is a RPPS number: 11 digits with a Luhn key, without the leading 8."""
    return _is_digits(value, 11) and luhn_sum(value) % 10 == 0


def _finess_digits(value: str) -> str:
    """Replace the Corsican letter by the digit that the key counts: A is 1, B is 2.

    No public text was found for that rule; the numbers of the two Corsican departments obey it.
    """
    return value.replace("A", "1", 1).replace("B", "2", 1)


def finess_key(first_eight: str) -> str:
    """Return the key digit of a FINESS number from its first eight characters.

    Raises ValueError when the characters cannot begin a FINESS number.
    """
    if not _FINESS_SHAPE.fullmatch(first_eight + "0"):
        raise ValueError("A FINESS number begins with a department and six digits")
    return luhn_key(_finess_digits(first_eight))


def is_finess(value: str) -> bool:
    """Tell whether `value` is a FINESS number: 9 characters with a Luhn key."""
    return bool(_FINESS_SHAPE.fullmatch(value)) and luhn_sum(_finess_digits(value)) % 10 == 0


def is_siren(value: str) -> bool:
    """Tell whether `value` is a SIREN number: 9 digits with a Luhn key (INSEE)."""
    return _is_digits(value, 9) and luhn_sum(value) % 10 == 0


def is_siret(value: str) -> bool:
    """Tell whether `value` is a SIRET number: 14 digits with a Luhn key (INSEE).

    The establishments of La Poste also pass when the plain sum of their digits divides by five.
    """
    if not _is_digits(value, 14):
        return False
    if luhn_sum(value) % 10 == 0:
        return True
    return value.startswith(_POST_OFFICE_SIREN) and sum(map(int, value)) % 5 == 0


def nir_key(nir: str) -> str:
    """Return the two-digit key of a 13-character NIR: 97 less the number modulo 97.

    Corsican departments count as 19 (2A) and 18 (2B). Raises ValueError on another shape.
    """
    if not _NIR_SHAPE.fullmatch(nir):
        raise ValueError("A NIR has 13 digits, or 2A or 2B in place of the department")
    number = nir.replace("2A", "19", 1).replace("2B", "18", 1)
    return f"{97 - int(number) % 97:02d}"


def is_nir(value: str) -> bool:
    """Tell whether `value` is a NIR of 13 characters followed by its two-digit key."""
    if len(value) != 15 or not _NIR_SHAPE.fullmatch(value[:13]):
        return False
    return value[13:] == nir_key(value[:13])
