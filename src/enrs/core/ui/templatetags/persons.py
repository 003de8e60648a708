"""A person's identity traits, in the one order and form that the RNIV requires, for every page that shows them.

The banner is `ui.patient_banner`; here are the line of a list, the card of traits and the pill of a status.
"""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from enrs.core.ui import shapes
from enrs.core.ui.templatetags.ui import pill
from enrs.formats.ins import ins_oid_kind

register = template.Library()


@register.simple_tag
def strong_name(person: Any) -> SafeString:
    """« **DUPONT** Marie », then the used name when it is another: a name as lists show it.

    `person` has `birth_name`, `first_given_name` and perhaps `used_name`.
    """
    birth = str(person.birth_name or "").upper()
    used = str(getattr(person, "used_name", "") or "").upper()
    name = format_html("<b>{}</b> {}", birth, person.first_given_name or "")
    if not used or used == birth:
        return name
    return format_html('{} <span class="person-used">usage\u00a0: {}</span>', name, used)


@register.inclusion_tag("ui/_traits.html")
def identity_traits(person: Any, birth_place: str = "") -> dict[str, Any]:
    """The traits of an identity as a list of facts: strict ones, INS when qualified, then the used names.

    `birth_place` is the name of the place of birth, when the caller knows it.
    """
    shown = person.status == "qualified" and person.attribute not in (
        "doubtful",
        "fictive",
        "emergency",
    )
    kind = ins_oid_kind(person.ins_oid) if person.ins_oid else None
    return {
        "person": person,
        "sex": shapes.SEXES.get(person.sex, shapes.SEXES["U"]),
        "birth_place": birth_place,
        "ins": person.ins if shown else "",
        "ins_kind": {"NIA": "NIA", "TEST": "NIR de test", "DEMO": "NIR de démonstration"}.get(kind or "", "NIR"),
        "status": person.attribute if person.attribute in shapes.IDENTITY_STATUSES else person.status,
    }  # fmt: skip


@register.simple_tag
def identity_status(status: str) -> SafeString:
    """The pill of a status (a key of `shapes.IDENTITY_STATUSES`)."""
    words, tone, icon = shapes.IDENTITY_STATUSES.get(
        status, shapes.IDENTITY_STATUSES["provisional"]
    )
    return pill(tone, words, icon)
