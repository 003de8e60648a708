"""What no page offers in a form, and forms written full of scripts."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from enrs.core.ids import uuid7
from tests.hostile.crawl import (
    MARK,
    TEXTS,
    Field,
    Form,
    filled,
    forms_in,
    refused_fields,
    view_name,
    what_runs,
)
from tests.hostile.world import differences, undone, written

NUL = "a\x00b"
HUGE = "9" * 5000
"""More digits than Python turns into a number without being asked."""
PICKED = {"hidden": 3, "select": 2}
"""Fields of one kind that are forged in one form; one of the other kinds."""
FREE = {
    "csrfmiddlewaretoken": "the tests' browser is not asked for it",
    "draft": "a draft that we did not sign is no draft: the page alone counts",
    "retour": "« fiche » leads back to the card, whatever else to the list",
    "next": "where to go back to: one of our own addresses, else the kiosk",
    "ici": "where to go back to: one of our own paths, else the first page",
    "back": "the filters of the list to go back to, read as an address is",
    "item": "the item to go back to, read there as an address is",
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


@contextmanager
def as_before(client: Client) -> Iterator[None]:
    """A block after which the database is as before, and the browser too: an act may sign it out."""
    cookies = deepcopy(client.cookies)
    with undone():
        yield
    client.cookies = cookies


def forge(client: Client, form: Form) -> Iterator[str]:
    """Each forged value in turn among sound ones; what is wrong with the answer, or nothing."""
    values, call = filled(form, sound), client.get if form.method == "get" else client.post
    with as_before(client):
        wrong = refused_fields(call(form.action, values))
    values |= dict.fromkeys(wrong & set(values), "")
    before = written()
    for rank, field in enumerate(chosen(form)):
        for value in [NUL] * (rank == 0) + forged(field):
            with as_before(client):
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
    f"=cmd|'/C {MARK}'!A0\"><script>{MARK}()</script><img src=x onerror={MARK}()>{{{{7919*7907}}}}"
    f'{{% now "Y" %}}#panic("{MARK}")\r\nX-ZQX:1\r\nBcc:{MARK}@example.org'
)
"""HTML, attributes, templates, spreadsheets, Typst, iCalendar and mail at once."""
SHORT = f'="><b>{MARK}'


def hostile(field: Field) -> str:
    """What is written in a field, as long as it allows."""
    if field.kind == "url" or "url" in field.name:
        return f"javascript:{MARK}()"
    if field.kind == "password":
        return f"{SHORT} {SHORT}"
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
    "fermer",
    "retrait",
    "oublier",
    "terminer",
    "fin",
    "recommencer",
    "verrouiller",
)
"""What ends something is done after the rest, or the rest would find nothing."""


def order(form: Form) -> tuple[bool, int]:
    """Forms full of text first."""
    texts = sum(one.kind in {"text", "textarea"} for one in form.fields)
    return any(f"/{one}/" in form.action for one in LAST), -texts


def file_for(view: str) -> SimpleUploadedFile | None:
    """What is sent to a page that reads a table: its cells are full of scripts and formulas."""
    now = timezone.now().isoformat()
    tables = {
        "beds:files": [("finess", "code", "disponibles", "releve_le"), (LONG, LONG, "2", now)],
        "geography:import": [("territoire", "type", "commune"), (SHORT, LONG[:60], "99801")],
    }
    if view not in tables:
        return None
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(tables[view])
    return SimpleUploadedFile(f"=<b>{MARK}.csv", text.getvalue().encode())


def all_hostile(form: Form) -> dict[str, Any]:
    """A whole post, with scripts wherever a text or a table may be given."""
    values = filled(form, hostile)
    for one in form.fields:
        if one.kind == "file" and (file := file_for(view_name(form.action))):
            values[one.name] = file
    return values


def as_shown_now(client: Client, form: Form) -> Form:
    """The same form as its page shows it now: what was written before changed the versions that it holds."""
    same = [one for one in forms_in(client.get(form.page), form.page) if one.key == form.key]
    return next((one for one in same if one.action == form.action), same[0] if same else form)


def written_by(client: Client, form: Form) -> HttpResponse:
    """The answer to a form full of scripts; what its fields refuse is written soundly, and sent again."""
    form = as_shown_now(client, form)
    values = all_hostile(form)
    call = client.get if form.method == "get" else client.post
    answer = call(form.action, values, follow=True)
    wrong, sent = SHAPED & set(values), set[str]()
    for _ in range(2):  # a command may refuse what the form took
        wrong |= refused_fields(answer) & set(values)
        if wrong == sent:
            break
        assert not what_runs(answer)
        sent = set(wrong)
        values = all_hostile(form) | {name: sober(name) for name in wrong}
        answer = call(form.action, values, follow=True)
    return answer


SOBER = {
    "value": "62,5", "second": "", "sender_name": "CHEssai", "first_on": "2099-01-05", "department": "77",
    "contact": "technique@essai.example", "redirect_uris": "https://application.example/retour",
    "scopes": "openid", "pin": "4827", "login": "c.essai-du-soir", "ouverture-0-times": "9h-13h",
}  # fmt: skip
SHAPED = {"redirect_uris", "post_logout_uris", "backchannel_logout_uri", "home_url", "scopes"}
"""Fields whose refusal is said above the form, without a mark of their own."""


def sober(name: str) -> str:
    """A short text for a field that took no script."""
    return SOBER.get(name, "")
