"""Gaps, in the words that a nurse reads (pure)."""

from collections.abc import Sequence
from datetime import date, time

from enrs.services.home_support.rules.week import AWAITED, LATE, Gap
from enrs.services.home_support.rules.words import WEEKDAYS

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip


def clock(moment: time) -> str:
    """« 8 h », « 12 h 30 »."""
    return f"{moment.hour} h {moment.minute:02d}" if moment.minute else f"{moment.hour} h"


def day(one: date) -> str:
    """« jeudi 12 mars »."""
    number = "1er" if one.day == 1 else str(one.day)
    return f"{WEEKDAYS[one.weekday()]} {number} {MONTHS[one.month - 1]}"


def span(days: Sequence[date]) -> str:
    """« le jeudi 12 mars », « du jeudi 12 mars au samedi 14 mars », « 4 fois, du … au … » when days are missing."""
    first, last = days[0], days[-1]
    if len(days) == 1:
        return f"le {day(first)}"
    between = f"du {day(first)} au {day(last)}"
    return between if (last - first).days == len(days) - 1 else f"{len(days)} fois, {between}"


def gap(one: Gap) -> str:
    """« Toilette, 8 h : personne du jeudi 12 mars au samedi 14 mars, ADMR commence le dimanche 15 mars. »"""
    said = f"{one.label}, {clock(one.starts)}\u00a0: personne {span(one.days)}"
    if one.state == LATE and one.from_on is not None:
        return f"{said}, {one.agency} commence le {day(one.from_on)}."
    if one.state == AWAITED:
        return f"{said}, réponse toujours attendue de {one.agency}."
    return f"{said}, aucune structure ne l’a pris."
