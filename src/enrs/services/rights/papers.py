"""What is printed: the letter that closes a request."""

import json
from pathlib import Path

import typst
from django.conf import settings
from django.utils import timezone

from enrs.core.ui import filters
from enrs.services.rights.models import RightsRequest
from enrs.services.rights.rules import requests as rules

LETTER = Path(__file__).parent / "letter.typ"


def closing_letter(asked: RightsRequest) -> bytes:
    """The answer to a request, with the remedy; what people wrote goes in as data, never as markup."""
    is_refused = asked.state == RightsRequest.State.REFUSED
    data = {
        "region": settings.REGION.name,
        "contact": settings.REGION.contact,
        "to": [line.strip() for line in (asked.asker_name, *asked.address.splitlines()) if line.strip()],
        "day": filters.date_fr(asked.closed_at or timezone.now()),
        "number": asked.number,
        "right": asked.get_kind_display(),
        "source": rules.RIGHTS[asked.kind].source,
        "person": asked.person_name,
        "received": filters.date_fr(asked.received_on),
        "outcome": "Nous ne pouvons pas y donner suite." if is_refused else "Voici notre réponse.",
        "refusal": rules.REFUSALS.get(asked.refusal_code, ""),
        "answer": asked.answer.split("\n"),
        "remedy": rules.REMEDY,
        "by": asked.closed_by,
    }  # fmt: skip
    return bytes(typst.compile(LETTER.read_bytes(), sys_inputs={"data": json.dumps(data)}))
