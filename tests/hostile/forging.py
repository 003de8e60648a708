"""What no page offers in a form, and forms written full of scripts."""

from collections import Counter
from collections.abc import Iterator

from django.http import HttpResponse
from django.test import Client

from enrs.core.ids import uuid7
from tests.hostile.crawl import MARK, TEXTS, Field, Form, filled, refused_fields, what_runs
from tests.hostile.world import differences, undone, written

NUL = "a\x00b"
HUGE = "9" * 5000
"""More digits than Python turns into a number without being asked."""
PICKED = {"hidden": 3, "select": 2}
"""Fields of one kind that are forged in one form; one of the other kinds."""
FREE = {
    "csrfmiddlewaretoken": "the tests' browser is not asked for it",
    "draft": "a draft that we did not sign is no draft: the page alone counts",
    "ici": "where to go back to: one of our own paths, else the first page",
    "filtres": "the filters of an address, read as an address is",
}
"""Hidden fields in which anything may stand, and why it is harmless."""


LISTS = {"members", "participants", "days", "weekdays", "tache", "patient", "columns"}
"""Boxes of which each is one of several."""


def forged(field: Field) -> list[str]:
    """What a field does not offer, by its kind."""
    if field.kind in TEXTS or field.kind == "textarea":
        return ["é" * 30_000]
    if field.kind in ("select", "radio", "checkbox"):
        return [str(uuid7())]
    if field.kind == "hidden":
        return ["²", HUGE] if field.value.isdecimal() else [str(uuid7())]
    return {
        "number": [HUGE, "-1"], "date": ["9999-99-99"], "time": ["99:99"], "datetime-local": ["9999-12-31T23:59"],
        "month": ["0000-00"], "submit": ["zqx"],
    }.get(field.kind, [])  # fmt: skip


def chosen(form: Form) -> Iterator[Field]:
    """The fields that are forged, some of each kind."""
    seen = Counter[str]()
    for one in form.fields:
        seen[one.kind] += 1
        if one.name not in FREE and seen[one.kind] <= PICKED.get(one.kind, 1):
            yield one


def sound(field: Field) -> str:
    """An ordinary word, as long as the field takes it."""
    return field.value or "Essai"[: field.longest or 5]


def forge(client: Client, form: Form) -> Iterator[str]:
    """Each forged value in turn among sound ones; what is wrong with the answer, or nothing."""
    values, call = filled(form, sound), client.get if form.method == "get" else client.post
    with undone():
        wrong = refused_fields(call(form.action, values))
    values |= dict.fromkeys(wrong & set(values), "")
    before = written()
    for rank, field in enumerate(chosen(form)):
        for value in [NUL] * (rank == 0) + forged(field):
            with undone():
                answer = call(form.action, values | {field.name: value})
                changed = differences(before, written()) if form.method == "post" else []
            shown = value if len(value) < 40 else f"{value[:10]}…"
            at = f"{form.action} {field.name} ({field.kind}) = {shown!r}: {answer.status_code}"
            if answer.status_code >= 500:
                yield at
            elif changed and not is_free(field):
                yield f"{at}, wrote in {changed}"
            else:
                yield ""


def is_free(field: Field) -> bool:
    """Whether any text may be written there; a box alone is ticked whatever it says."""
    is_box = field.kind == "checkbox" and len(field.options) == 1 and field.name not in LISTS
    return is_box or field.kind in TEXTS or field.kind in ("textarea", "submit")


LONG = (
    f"=cmd|'/C {MARK}'!A0\"><script>{MARK}()</script><img src=x onerror={MARK}()>{{{{7*191}}}}"
    f'{{% now "Y" %}}#panic("{MARK}")\r\nX-ZQX:1\r\nBcc:{MARK}@example.org'
)
"""HTML, attributes, templates, spreadsheets, Typst, iCalendar and mail at once."""
SHORT = f'="><b>{MARK}'


def hostile(field: Field) -> str:
    """What is written in a field, as long as it allows."""
    if field.kind == "url" or "url" in field.name:
        return f"javascript:{MARK}()"
    if field.kind == "email":
        return f'"><script>{MARK}()</script>@example.org'
    if field.longest is None or field.longest >= len(LONG):
        return LONG
    return SHORT[: field.longest]


LAST = (
    "retirer",
    "quitter",
    "clore",
    "cloture",
    "annuler",
    "etat",
    "abandonner",
    "envois",
    "revoquer",
    "logout",
)
"""What ends something is done after the rest, or the rest would find nothing."""


def order(form: Form) -> tuple[bool, int]:
    """Forms full of text first."""
    texts = sum(one.kind in {"text", "textarea"} for one in form.fields)
    return any(f"/{one}/" in form.action for one in LAST), -texts


def written_by(client: Client, form: Form) -> HttpResponse:
    """The answer to a form full of scripts; what its fields refuse is written soundly, and sent again."""
    values = filled(form, hostile)
    call = client.get if form.method == "get" else client.post
    answer = call(form.action, values, follow=True)
    if wrong := refused_fields(answer) & set(values):
        assert not what_runs(answer)
        values = filled(form, hostile) | {name: sober(name) for name in wrong}
        answer = call(form.action, values, follow=True)
    return answer


def sober(name: str) -> str:
    """A short text for a field that took no script."""
    return {"value": "62,5", "second": "", "sender_name": "CHEssai", "first_on": "2099-01-05"}.get(
        name, ""
    )
