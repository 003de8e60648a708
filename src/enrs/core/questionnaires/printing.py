"""An answer as a PDF, by Typst: the data go in as JSON, so that no text of theirs is ever markup."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils import timezone

from enrs.core.questionnaires.models import Answer
from enrs.core.questionnaires.rules.comparison import Line
from enrs.core.ui import french

SHEET = Path(__file__).parent / "sheet.typ"


def pdf(answer: Answer, lines: Sequence[Line], banner: Any, *, printed_by: str) -> bytes:
    """The sheet of an answer in its reader's lines: A4, tagged, in French."""
    data = {
        "region": settings.REGION.name,
        "title": answer.form.title,
        "person": _person(banner),
        "state": answer.get_status_display(),
        "said": f"Rempli par {answer.author_name}, {french.moment_words(answer.saved_at)}",
        "printed": f"Imprimé le {french.moment_words(timezone.now())} par {printed_by}",
        "version": f"{answer.form_name}, version {answer.form_version}",
        "lines": [
            {
                "label": one.label,
                "level": one.level,
                "heading": one.is_heading,
                "words": list(one.words),
                "score": one.is_score,
            }
            for one in lines
        ],
    }
    found = typst.compile(SHEET.read_bytes(), format="pdf", sys_inputs={"data": json.dumps(data)})
    return bytes(found)


def _person(banner: Any) -> str:
    if banner is None:
        return ""
    name = french.name_words(banner.birth_name, banner.first_given_name, banner.used_name)
    born = f", né(e) le {french.day_words(banner.birth_date)}" if banner.birth_date else ""
    return f"{name}{born}, {banner.sex_words.lower()} ({banner.status_words.lower()})"
