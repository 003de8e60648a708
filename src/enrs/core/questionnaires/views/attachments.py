"""Files posted with a form: measured, recognised by their first bytes, put away encrypted."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from enrs.core.documents import store
from enrs.core.numbers import whole
from enrs.core.questionnaires.rules.shapes import Definition, Fault

MAX_MEGABYTES = 10
MAX_FILE = MAX_MEGABYTES * 1_000_000
MAX_FILES = 2
"""A change posts the file that was just chosen; without script, the page brings what was chosen on it."""
SIGNATURES = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}


def received(request: HttpRequest, definition: Definition) -> tuple[dict[str, Any], list[Fault]]:
    """The attachments of a post by field name, and what was refused."""
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    if not any(one.type == "attachment" for one in definition.walk()):
        return found, faults
    for path, file in request.FILES.items():
        number = path.rsplit(".", 1)[-1].removeprefix("f")
        item = definition.by_number.get(whole(number, otherwise=-1))
        if item is None or item.type != "attachment" or not isinstance(file, UploadedFile):
            continue
        code, detail, value = _kept(file)
        if code:
            faults.append(Fault(code, item.link_id, detail, path))
        else:
            found[path] = value
    return found, faults


def _kept(file: UploadedFile) -> tuple[str, str, dict[str, Any]]:
    if (file.size or 0) > MAX_FILE:
        return "attachment_size", str(MAX_MEGABYTES), {}
    content = file.read()
    mime = next((kind for start, kind in SIGNATURES.items() if content.startswith(start)), "")
    if not mime and _is_text(content):
        mime = "text/plain"
    if not mime:
        return "attachment_type", "", {}
    blob = store.put(content)
    name = "".join(one for one in str(file.name) if one.isprintable())[:150]
    return (
        "",
        "",
        {"blob": bytes(blob.address).hex(), "title": name, "mime": mime, "size": len(content)},
    )


def _is_text(content: bytes) -> bool:
    try:
        return "\x00" not in content.decode()
    except UnicodeDecodeError:
        return False
