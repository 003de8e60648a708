"""A browser without a screen: follows links, finds forms, fills them in, and looks for what should not run."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve

MARK = "zqx"
"""Nobody writes this by chance: where it runs, it came from a field."""
LEFT_OUT = ("/compte/logout/", "/static/")
OF_ONE_KIND = 3
"""Objects of one kind of address that are looked at: a fourth note shows nothing more."""
TEXTS = {"", "text", "search", "tel", "email", "url", "password"}


@dataclass(frozen=True, slots=True)
class Field:
    """One control of a form: its kind (an input's type, `textarea`, `select`), what it holds, what it offers."""

    name: str
    kind: str
    value: str
    options: tuple[str, ...] = ()
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a page: where it goes and what it holds."""

    page: str
    action: str
    method: str
    fields: tuple[Field, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The same form on another page, or for another row, is one form."""
        acts = [one.value for one in self.fields if one.name in ("acte", "act", "step", "kind")]
        return (view_name(self.action), *sorted({one.name for one in self.fields}), *acts)


@dataclass
class Crawl:
    """One person's way through the program: pages by path, forms by key."""

    client: Client
    within: tuple[str, ...] = ("/",)
    pages: dict[str, HttpResponse] = field(default_factory=dict)
    forms: dict[tuple[str, ...], Form] = field(default_factory=dict)

    def walk(self, *starts: str) -> None:
        """Follow every link from the given paths, to the first few objects of each kind of address."""
        waiting, seen, kinds = list(starts), set(starts), Counter[str]()
        while waiting:
            path = waiting.pop(0)
            response = self.client.get(path)
            self.pages[path] = response
            if not is_html(response):
                continue
            for link in self._read(path, response):
                kind = view_name(link)
                if link in seen or not kind or kinds[kind] >= OF_ONE_KIND:
                    continue
                kinds[kind] += 1
                seen.add(link)
                waiting.append(link)

    def _read(self, path: str, response: HttpResponse) -> Iterator[str]:
        """The links of a page that lie within; its forms are kept."""
        tree = lxml.html.fromstring(response.content)
        for form in forms_of(tree, path):
            if form.action.startswith(self.within):
                self.forms.setdefault(form.key, form)
        for one in tree.xpath("//a/@href | //*/@hx-get | //iframe/@src"):
            link = urlsplit(urljoin(path, str(one)))
            is_ours = not link.netloc and link.scheme in ("", "http")
            if is_ours and link.path.startswith(self.within) and not link.path.startswith(LEFT_OUT):
                yield link.path + (f"?{link.query}" if link.query else "")


def is_html(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/html") and bool(
        response.content.strip()
    )


def view_name(path: str) -> str:
    """The name of the view at an address; "" where there is none."""
    try:
        return resolve(urlsplit(path).path).view_name
    except Resolver404:
        return ""


def forms_in(response: HttpResponse, path: str) -> list[Form]:
    """The forms of an answer; none where it is no page."""
    if not is_html(response):
        return []
    return [*forms_of(lxml.html.fromstring(response.content), path)]


def forms_of(tree: Any, path: str) -> Iterator[Form]:
    """The forms of a page."""
    for form in tree.xpath("//form"):
        action = form.get("hx-post") or form.get("action") or path
        method = "post" if form.get("hx-post") else (form.get("method") or "get").lower()
        own = form.xpath(".//input | .//textarea | .//select | .//button")
        if form.get("id"):
            own += tree.xpath(f"//*[@form='{form.get('id')}']")
        yield Form(path, urljoin(path, action), method, tuple(_fields(own)))


def _fields(controls: list[Any]) -> Iterator[Field]:
    """Controls with a name; radio buttons and boxes of one name are one field with its options."""
    groups: dict[str, list[str]] = {}
    for one in controls:
        name, kind = one.get("name"), _kind(one)
        if not name or one.get("disabled") is not None or kind in ("button", "reset"):
            continue
        if kind in ("radio", "checkbox"):
            groups.setdefault(f"{kind} {name}", []).append(one.get("value", "on"))
        elif kind == "select":
            options = [option.get("value", "") for option in one.xpath(".//option")]
            yield Field(name, kind, next(filter(None, options), ""), tuple(options))
        else:
            text = one.text_content() if kind == "textarea" else one.get("value", "")
            longest = one.get("maxlength")
            yield Field(name, kind, text, (), int(longest) if longest else None)
    for key, options in groups.items():
        kind, _, name = key.partition(" ")
        yield Field(name, kind, options[0], tuple(options))


def _kind(control: Any) -> str:
    if control.tag in ("textarea", "select"):
        return str(control.tag)
    given = str(control.get("type") or ("submit" if control.tag == "button" else "text"))
    return given.lower()


def filled(form: Form, text: Callable[[Field], str]) -> dict[str, Any]:
    """A whole post: `text` gives what each field of text holds, the others hold something sound."""
    values: dict[str, Any] = {}
    for one in form.fields:
        if one.kind in TEXTS or one.kind == "textarea":
            values[one.name] = text(one)
        elif one.kind == "file":
            values[one.name] = SimpleUploadedFile(f"{MARK}.txt", b"essai")
        elif one.kind == "checkbox":
            values[one.name] = one.options[0]
        elif one.kind == "submit":
            values.setdefault(one.name, one.value)
        else:
            values[one.name] = one.value or SOUND.get(one.kind, "")
    return values


SOUND = {
    "date": "2026-03-12", "time": "09:00", "datetime-local": "2026-03-12T09:00", "number": "5", "month": "2026-03",
}  # fmt: skip
"""What a field without a value takes, by its kind."""


def refused_fields(response: HttpResponse) -> set[str]:
    """The names of the fields that an answer marks as wrong."""
    if not is_html(response):
        return set()
    found = lxml.html.fromstring(response.content).xpath("//*[@aria-invalid='true']/@name")
    return {str(one) for one in found}


def what_runs(response: HttpResponse) -> list[str]:
    """What of a field would run in this answer: script, handlers, addresses, template tags, formulas, lines."""
    kind = response.headers.get("Content-Type", "")
    if response.status_code == 200 and response.headers.get("X-Content-Type-Options") != "nosniff":
        return ["a browser may guess its kind"]
    if is_html(response):
        return [*_in_html(response.content)]
    if kind.startswith("text/csv"):
        rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";")
        return [
            f"formula {one!r}"
            for row in rows
            for one in row
            if one[:1] in tuple("=+-@\t\r") and MARK in one
        ]
    if kind.startswith("text/calendar"):
        lines = response.content.decode().splitlines()
        return [f"line {one!r}" for one in lines if one.lower().startswith(("x-zqx", "bcc"))]
    return []


def _in_html(content: bytes) -> Iterator[str]:
    text = content.decode()
    for part in (f"<script>{MARK}", f"onerror={MARK}()>", "<b>zqx"):
        if part in text:
            yield f"raw {part}"
    # A long product: keys and tokens hold any four figures by chance.
    if "62615533" in text and "{{7919*7907}}" not in text:
        yield "a template tag was evaluated"
    for one in lxml.html.fromstring(content).iter():
        if not isinstance(one.tag, str):
            continue
        if (
            one.tag == "script"
            and MARK in (one.text or "")
            and one.get("type") != "application/json"
        ):
            yield "a script"
        for name, value in one.attrib.items():
            is_address = name in (
                "href",
                "src",
                "action",
                "formaction",
                "hx-get",
                "hx-post",
                "xlink:href",
            )
            if is_address and value.strip().lower().startswith(("javascript:", "data:text/html")):
                yield f"{name}={value[:40]}"
            if name.startswith("on") and MARK in value:
                yield f"{name}={value[:40]}"
