"""Values, references and marks of observations, and statuses of stays, in words: `{% load record %}`."""

import re
from datetime import datetime
from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from enrs.core.ui.french import NBSP, local, number_words
from enrs.core.ui.templatetags.ui import pill
from enrs.core.ui.ticks import SHORT_MONTHS
from enrs.services.record.models import (
    Allergy,
    Encounter,
    Entry,
    Measure,
    Observation,
    Treatment,
    Vaccination,
)
from enrs.services.record.queries import measure_words
from enrs.services.record.rules import CLASSES

register = template.Library()

MARKS: dict[str, tuple[str, str, str]] = {
    "H": ("attention", "haut", "arrow-up"),
    "HU": ("alerte", "très haut", "chevron-double-up"),
    "HH": ("alerte", "très haut", "chevron-double-up"),
    ">": ("attention", "au-dessus", "arrow-up"),
    "L": ("attention", "bas", "arrow-down"),
    "LU": ("alerte", "très bas", "chevron-double-down"),
    "LL": ("alerte", "très bas", "chevron-double-down"),
    "<": ("attention", "au-dessous", "arrow-down"),
    "A": ("attention", "anormal", "exclamation-triangle-fill"),
    "AA": ("alerte", "très anormal", "exclamation-octagon-fill"),
    "POS": ("attention", "positif", "plus-circle-fill"),
}
"""HL7 interpretation codes (table 0078) to tone, word and icon; the others show no mark."""

STAY_STATES = {
    "in-progress": ("information", "En cours"),
    "finished": ("neutre", "Terminé"),
    "planned": ("neutre", "Prévu"),
    "entered-in-error": ("attention", "Annulé"),
}


def plain(value: Decimal) -> str:
    """A stored number without the zeros that storage added."""
    return number_words(f"{value.normalize():f}")


@register.filter
def value_words(one: Observation) -> str:
    """« < 5 », « 12,4 » or the text of a result that is no number."""
    if one.value is None:
        return one.text or "—"
    return f"{one.comparator} {plain(one.value)}".strip()


UNITS = (
    ("10*9/L", "G/L"),
    ("10*12/L", "T/L"),
    ("[iU]", "UI"),
    ("[pH]", "pH"),
    ("m[H2O]", "mH₂O"),
    ("[Hg]", "Hg"),
    ("Cel", "°C"),
    ("{1.73_m2}", "1,73 m²"),
)
"""UCUM as machines write it, and as French laboratories print it."""

MICRO = re.compile(r"\bu(?=mol|g|L|UI|Sv)")


@register.filter
def unit_words(unit: str) -> str:
    """« µmol/L » from `umol/L`; what has no words of its own stays, its braces left out."""
    for code, words in UNITS:
        unit = unit.replace(code, words)
    return MICRO.sub("µ", unit).replace("{", "").replace("}", "")


@register.filter
def short_date(moment: datetime) -> str:
    """« 3 nov. 2026 », for the head of a column."""
    day = local(moment)
    return f"{day.day}{NBSP}{SHORT_MONTHS[day.month - 1]}{NBSP}{day.year}"


@register.filter
def reference_words(one: Observation) -> str:
    """The reference range in words, as the laboratory gave it."""
    if one.low is not None and one.high is not None:
        return f"{plain(one.low)} à {plain(one.high)}"
    if one.high is not None:
        return f"jusqu’à {plain(one.high)}"
    if one.low is not None:
        return f"à partir de {plain(one.low)}"
    return one.reference_text


@register.simple_tag
def result_mark(one: Observation) -> SafeString | str:
    """A pill that says how a value stands against its reference; nothing for a usual one."""
    if one.interpretation not in MARKS:
        return ""
    tone, word, icon = MARKS[one.interpretation]
    return pill(tone, word, icon)


@register.filter
def mark_tone(one: Observation) -> str:
    """The tone of a value: `neutre` for a usual one."""
    return MARKS.get(one.interpretation, ("neutre",))[0]


@register.simple_tag
def stay_state(stay: Encounter) -> SafeString | str:
    """The state of a stay in a pill."""
    tone, word = STAY_STATES.get(stay.status, ("neutre", ""))
    return pill(tone, word) if word else ""


@register.filter
def stay_class(stay: Encounter) -> str:
    """« Hospitalisation », « Urgences »…"""
    return CLASSES.get(stay.patient_class, ("", "Séjour"))[1]


CRITICALITIES = {"high": ("alerte", "risque vital"), "low": ("neutre", "gravité faible")}
PAST = {"resolved": "passé", "stopped": "arrêté"}


@register.simple_tag
def entry_words(one: Entry) -> SafeString:
    """What an entry says, in one line: the thing, then its dose, reaction or value."""
    if isinstance(one, Measure):
        return format_html("<b>{}</b>", measure_words(one))
    more = {Treatment: "dosage", Allergy: "reaction", Vaccination: "dose"}.get(type(one), "")
    detail = getattr(one, more) if more else ""
    shown = format_html(' <span class="entry-detail">{}</span>', detail) if detail else ""
    return format_html("<b>{}</b>{}", one.display, shown)


@register.simple_tag
def entry_pills(one: Entry) -> SafeString:
    """How grave, whether past, whether the person wrote it themselves."""
    pills = []
    if isinstance(one, Allergy) and one.criticality in CRITICALITIES:
        pills.append(pill(*CRITICALITIES[one.criticality]))
    status = getattr(one, "status", "")
    if status in PAST:
        pills.append(pill("neutre", PAST[status]))
    if one.is_by_person:
        pills.append(pill("information", "Écrit par le patient", "person-heart"))
    return format_html_join(" ", " {}", ((each,) for each in pills))
