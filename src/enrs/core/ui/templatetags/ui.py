"""Tags and filters of the interface: `{% load ui %}` at the top of any page."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django import template
from django.forms import BaseForm, BoundField
from django.forms.widgets import (
    CheckboxInput,
    CheckboxSelectMultiple,
    ClearableFileInput,
    RadioSelect,
    Select,
)
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from enrs.core.subjects.restrictions import restricted_since
from enrs.core.ui import charts, french, shapes
from enrs.core.ui.filters import FILTERS
from enrs.core.ui.icons import icon as draw_icon

register = template.Library()

TONE_ICONS = {
    "sur": "check-circle-fill",
    "attention": "exclamation-triangle-fill",
    "alerte": "exclamation-octagon-fill",
    "information": "info-circle-fill",
    "action": "circle-fill",
    "neutre": "circle",
}
TONE_NAMES = {"sûr": "sur", "info": "information", "neutral": "neutre"}


def tone_code(tone: str) -> str:
    """CSS name of a tone; an unknown word is neutral."""
    code = TONE_NAMES.get(tone, tone)
    return code if code in TONE_ICONS else "neutre"


for _filter in FILTERS:
    register.filter(_filter.__name__, _filter)

# --- small pieces --------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    return draw_icon(name, size=size, label=label)


@register.simple_tag
def pill(tone: str, text: str, icon: str = "") -> SafeString:
    """A state in a word, an icon and a colour. Tones: sûr, attention, alerte, information, neutre."""
    code = tone_code(tone)
    return format_html(
        '<span class="pill tone-{}">{}<span>{}</span></span>',
        code,
        draw_icon(icon or TONE_ICONS[code]),
        text,
    )


@register.simple_tag
def drawn(name: str, **given: Any) -> SafeString:
    """What a page repeats by the hundred (lines of a table, circles of a map), by the second template language."""
    return SafeString(get_template(name, using="jinja2").render(given))


@register.simple_tag
@cache
def same(name: str) -> SafeString:
    """A part that is the same on every page, for everybody: drawn once by each process."""
    return SafeString(get_template(name).render())


@register.simple_tag
def new_mark() -> SafeString:
    return SafeString('<span class="new-mark">nouveau</span>')


@register.inclusion_tag("ui/_loading.html")
def loading(id: str = "", text: str = "Chargement…") -> dict[str, Any]:  # noqa: A002  HTML's word
    """A sign of work for `hx-indicator="#id"`; without id it shows at once."""
    return {"id": id, "text": text}


@register.inclusion_tag("ui/_progress.html")
def progress(done: int, total: int, text: str = "") -> dict[str, Any]:
    """A bar with its figure, for long work."""
    percent = round(100 * done / total) if total else 0
    return {"done": done, "total": total, "text": text, "percent": percent}


@register.inclusion_tag("ui/_restriction.html", takes_context=True)
def restriction(context: template.Context) -> dict[str, Any]:
    """What the head of a record says while its processing is restricted; nothing otherwise, or without a record."""
    patient_id = context.get("patient_id")
    return {"since": restricted_since(patient_id) if isinstance(patient_id, UUID) else None}


@register.inclusion_tag("ui/_notice.html")
def notice(tone: str, text: str, title: str = "", icon: str = "") -> dict[str, Any]:
    """A boxed message inside a page."""
    code = tone_code(tone)
    return {"tone": code, "text": text, "title": title, "icon": icon or TONE_ICONS[code]}


# --- people --------------------------------------------------------------------------------------


@register.inclusion_tag("ui/_banner.html")
def patient_banner(banner: shapes.Banner | dict[str, Any]) -> dict[str, Any]:
    """The sticky identity banner; put it in the `banner` block of `ui/app.html`."""
    return {"banner": shapes.Banner(**banner) if isinstance(banner, dict) else banner}


@register.inclusion_tag("ui/_professional.html")
def professional(pro: shapes.Professional | dict[str, Any]) -> dict[str, Any]:
    return {"pro": shapes.Professional(**pro) if isinstance(pro, dict) else pro}


# --- lists and figures ---------------------------------------------------------------------------


@register.inclusion_tag("ui/_timeline.html")
def timeline(entries: Sequence[shapes.Entry], id: str = "timeline") -> dict[str, Any]:  # noqa: A002
    """Events under their day, in the order given (newest first by habit)."""
    days: list[tuple[str, list[shapes.Entry]]] = []
    for entry in entries:
        day = french.day_words(entry.at)
        if not days or days[-1][0] != day:
            days.append((day, []))
        days[-1][1].append(entry)
    return {"days": days, "id": id}


@register.simple_tag
def entry_time(entry: shapes.Entry) -> str:
    """The hour of an entry, when it has one."""
    return french.clock_words(entry.at) if isinstance(entry.at, datetime) else ""


@register.inclusion_tag("ui/_filter_bar.html")
def filter_bar(  # noqa: PLR0917  a template names them
    filters: Sequence[shapes.Filter],
    target: str,
    q: str | None = None,
    placeholder: str = "Filtrer…",
    saved: Sequence[shapes.Choice] = (),
    action: str = "",
) -> dict[str, Any]:
    """A GET form that refreshes `target` (a CSS id with #) as one types; `q` None hides the text."""
    return {
        "filters": filters,
        "target": target,
        "q": q,
        "placeholder": placeholder,
        "saved": saved,
        "action": action,
        "is_active": bool(q) or any(item.is_active for item in filters),
    }


@register.inclusion_tag("ui/_pager.html")
def pager(next_url: str, list_id: str, tag: str = "div", columns: int = 1) -> dict[str, Any]:
    """« Afficher la suite » as the last child of the list `list_id`; keyset, so only forward.

    `tag` is the element that the list wants: div, li, or tr (then give `columns`).
    """
    return {"next_url": next_url, "list_id": list_id, "tag": tag, "columns": columns}


@register.inclusion_tag("ui/_figure.html")
def key_figure(  # noqa: PLR0917  a template names them
    label: str,
    value: float | str | None,
    unit: str = "",
    note: str = "",
    tone: str = "neutre",
    state: str = "",
    trend: Sequence[float] = (),
    url: str = "",
) -> dict[str, Any]:
    """One figure that matters; `value` None says that it is missing; `state` is the tone in words."""
    return {
        "label": label,
        "value": None if value is None else french.number_words(value),
        "unit": unit,
        "note": note,
        "tone": tone_code(tone),
        "state": state,
        "spark": charts.spark_svg(trend),
        "url": url,
    }


@register.inclusion_tag("ui/_chart.html")
def line_chart(  # noqa: PLR0917  a template names them
    series: Sequence[charts.Series],
    title: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    note: str = "",
) -> dict[str, Any]:
    """A line chart with reference band, drawn for three widths of its frame, and its table."""
    band = charts.Band(low, high)
    rows = charts.table_rows(series, band)
    wide, middle, narrow = (
        charts.line_svg(series, title=title, unit=unit, band=band, width=width, height=height)
        for width, height in ((920, 270), (600, 250), (340, 230))
    )
    return {
        "title": title,
        "unit": unit,
        "note": note,
        "range": range_words(low, high, unit),
        "wide": wide,
        "middle": middle,
        "narrow": narrow,
        "rows": rows,
        "has_many": len(series) > 1,
        "has_notes": any(row["note"] for row in rows),
    }


@register.simple_tag
def range_words(low: float | None = None, high: float | None = None, unit: str = "") -> str:
    """« 12 à 16 g/dL », « moins de 5 », « plus de 90 » or nothing."""
    if low is None and high is None:
        return ""
    if low is None:
        words = f"jusqu’à {french.number_words(high or 0)}"
    elif high is None:
        words = f"à partir de {french.number_words(low)}"
    else:
        words = f"{french.number_words(low)} à {french.number_words(high)}"
    return f"{words} {unit}".strip()


@register.inclusion_tag("ui/_empty.html")
def empty_state(
    title: str, text: str = "", icon: str = "inbox", action_url: str = "", action_label: str = ""
) -> dict[str, Any]:
    """What will be here, and the first act."""
    return {
        "title": title,
        "text": text,
        "icon": icon,
        "action_url": action_url,
        "action_label": action_label,
    }


# --- forms ---------------------------------------------------------------------------------------


@register.inclusion_tag("ui/_field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A field with its label, help and errors, tied together for screen readers."""
    widget = bound.field.widget
    choices = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    if isinstance(widget, CheckboxInput):
        kind, css = "check", "form-check-input"
    elif choices:
        kind, css = "choices", "choices"
    elif isinstance(widget, ClearableFileInput):
        kind, css = "file", "form-control"
    else:
        kind, css = "text", "form-select" if isinstance(widget, Select) else "form-control"
    own = widget.attrs.get("class", "")
    invalid = " is-invalid" if bound.errors else ""
    return {
        "bound": bound,
        "kind": kind,
        "control": bound.as_widget(attrs={"class": f"{css}{invalid} {own}".strip()}),
        "is_optional": not bound.field.required,
        "hidden": bound.is_hidden,
    }


@register.inclusion_tag("ui/_fields.html")
def fields(form: BaseForm, names: str = "", legend: str = "", help: str = "") -> dict[str, Any]:  # noqa: A002
    """A section of a form: the named fields (all when none is named) under a legend."""
    chosen = [form[name] for name in names.split()] if names else list(form)
    return {"fields": chosen, "legend": legend, "help": help}


@register.inclusion_tag("ui/_form_errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """The summary on top of a refused form, each line a link to its field; nothing when it is fine."""
    errors = [
        {
            "id": form[name].id_for_label or f"{form[name].auto_id}_0",
            "label": form[name].label,
            "text": text,
        }
        for name, texts in form.errors.items()
        if name != "__all__"
        for text in texts
    ]
    return {"errors": errors, "general": form.non_field_errors()}


@register.inclusion_tag("ui/_file_drop.html")
def file_drop(
    name: str,
    label: str,
    accept: str = "",
    help: str = "",  # noqa: A002
    multiple: bool = False,
) -> dict[str, Any]:
    """A file input that also takes dropped files; progress shows when its form is sent by htmx."""
    return {"name": name, "label": label, "accept": accept, "help": help, "multiple": multiple}


@register.inclusion_tag("ui/_stepper.html")
def stepper(steps: Sequence[shapes.Step], label: str = "Étapes") -> dict[str, Any]:
    at = next((i for i, step in enumerate(steps, 1) if step.state == "current"), len(steps))
    return {"steps": steps, "label": label, "at": at, "total": len(steps)}


# --- acts ----------------------------------------------------------------------------------------


@register.inclusion_tag("ui/_confirm.html", takes_context=True)
def confirm_dialog(  # noqa: PLR0917  a template names them
    context: template.Context,
    id: str,  # noqa: A002
    question: str,
    consequence: str,
    action_url: str,
    action_label: str,
    tone: str = "alerte",
    reason_label: str = "",
    version: int | None = None,
) -> dict[str, Any]:
    """One question, its consequence, two answers. Opened by `<button data-dialog="id">`.

    `reason_label` asks for a mandatory reason, posted as `reason`; `version` is that of the row that the page
    shows, posted so that a page that is no longer true is refused.
    """
    return {
        "id": id,
        "question": question,
        "consequence": consequence,
        "action_url": action_url,
        "action_label": action_label,
        "tone": tone_code(tone),
        "reason_label": reason_label,
        "version": version,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("ui/_toast.html")
def toast(text: str, tone: str = "sûr", undo_url: str = "") -> dict[str, Any]:
    """A passing message; with `undo_url` it offers « Annuler » (a POST)."""
    code = tone_code(tone)
    return {"text": text, "tone": code, "icon": TONE_ICONS[code], "undo_url": undo_url}


# --- documents and paper -------------------------------------------------------------------------


@register.inclusion_tag("ui/_document.html")
def document_viewer(document: shapes.Document, content: SafeString | str = "") -> dict[str, Any]:
    """Frame of a document: what it is, what one can do, then its sandboxed `src` or safe `content`."""
    return {"document": document, "content": content}


@register.inclusion_tag("ui/_print_header.html", takes_context=True)
def print_header(
    context: template.Context, title: str, banner: shapes.Banner | None = None, place: str = ""
) -> dict[str, Any]:
    """Head of a printed sheet (hidden on screen): what, whom, where, when, by whom."""
    frame = context.get("frame")
    return {
        "title": title,
        "banner": banner,
        "place": place,
        "region_name": getattr(frame, "region_name", ""),
        "printed_by": getattr(frame, "person_name", ""),
        "now": timezone.now(),
    }


@register.inclusion_tag("ui/_conflict.html", takes_context=True)
def conflict(context: template.Context, conflict: shapes.Conflict) -> dict[str, Any]:
    """Both texts of a stale save, side by side, with the choice of what to keep."""
    return {"conflict": conflict, "csrf_token": context.get("csrf_token")}
