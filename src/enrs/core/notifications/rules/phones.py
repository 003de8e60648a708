"""French telephone numbers in E.164 (ITU-T E.164, 2010; Arcep's numbering plan, decision 2022-1583)."""

import re

METROPOLITAN = "+33"
OVERSEAS = {
    "590": "+590", "690": "+590", "691": "+590", "594": "+594", "694": "+594", "596": "+596",
    "696": "+596", "697": "+596", "262": "+262", "263": "+262", "692": "+262", "693": "+262",
    "269": "+262", "639": "+262", "508": "+508",
}  # fmt: skip
"""First digits after the national 0 to the country's code: they are dialled as if at home."""

FICTION = "63998"
"""Mobiles of the mainland kept for fiction (ARCEP, decision 2018-0881), inside what is Mayotte's otherwise."""

MOBILE = re.compile(
    r"\+33[67]\d{8}|\+590(?:690|691)\d{6}|\+594694\d{6}|\+596(?:696|697)\d{6}"
    r"|\+262(?:692|693|639)\d{6}|\+508(?:4|5)\d{5}"
)
FILLING = re.compile(r"[\s.\-/\u00a0\u202f\u2011]")


class PhoneError(ValueError):
    """The number cannot be dialled, or takes no SMS; the message says why, in French."""


def normalise(text: str) -> str:
    """A number in E.164: « 06 12 34 56 78 », « 0033 6… », « +33 (0)6… » give « +33612345678 ».

    Overseas numbers take their own code (0692… → +262692…). Raises PhoneError.
    """
    compact = FILLING.sub("", text.strip()).replace("(0)", "").replace("(", "").replace(")", "")
    if compact.startswith("00"):
        compact = "+" + compact[2:]
    if not re.fullmatch(r"\+?[0-9]{4,18}", compact):
        raise PhoneError("Ce numéro contient autre chose que des chiffres, ou n’est pas entier.")
    if compact.startswith("+"):
        return _international(compact)
    if not re.fullmatch(r"0[1-9][0-9]{8}", compact):
        raise PhoneError("Un numéro français a dix chiffres et commence par 0.")
    return _national(compact[1:])


def _national(digits: str) -> str:
    code = None if digits.startswith(FICTION) else OVERSEAS.get(digits[:3])
    return f"{code}{digits}" if code and code != "+508" else f"{METROPOLITAN}{digits}"


def _international(number: str) -> str:
    if number.startswith("+330"):
        number = METROPOLITAN + number[4:]
    if number.startswith(METROPOLITAN):
        if not re.fullmatch(r"\+33[1-9][0-9]{8}", number):
            raise PhoneError("Un numéro français a neuf chiffres après +33.")
        return _national(number[3:])
    if not re.fullmatch(r"\+[1-9][0-9]{7,14}", number):
        raise PhoneError("Un numéro international a de huit à quinze chiffres après le signe +.")
    return number


def is_mobile(number: str) -> bool:
    """Whether an E.164 number is a French mobile, of the mainland or overseas."""
    return bool(MOBILE.fullmatch(number)) and not number.startswith("+33700")


def mobile(text: str) -> str:
    """A French mobile in E.164. Raises PhoneError for anything else: SMS go nowhere else."""
    number = normalise(text)
    if not is_mobile(number):
        raise PhoneError(
            "Ce numéro n’est pas celui d’un mobile français : il ne reçoit pas de SMS."
        )
    return number
