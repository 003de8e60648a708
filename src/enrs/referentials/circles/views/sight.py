"""« Qui verrait quoi ? »: what somebody would see of this record, by profession and by place around the person."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from enrs.core.access import words
from enrs.core.access.gate import permission
from enrs.core.access.matrix import sight as sight_of
from enrs.core.access.readings import note_reading
from enrs.core.access.rules import FIXED
from enrs.core.ui.shapes import Choice, Filter
from enrs.referentials.circles import queries
from enrs.referentials.circles.views.shared import READS, page

TRIED = [role for role in words.ROLES if role not in FIXED]
RELATIONS = dict(enumerate(words.RELATIONS))
FIRST_ROLE = "nurse"


@permission(READS)
@require_safe
def sight(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """What a profession in a given relation would see, part by part; and who holds a right today."""
    note_reading(request, "circle.sight.read", "sight")
    role = request.GET.get("profession", "")
    role = role if role in TRIED else FIRST_ROLE
    place = request.GET.get("relation", "")
    relation = int(place) if place in {str(one) for one in RELATIONS} else 0
    label, rights = RELATIONS[relation]
    roles = [Choice(one, words.ROLES[one], one == role) for one in TRIED]
    relations = [Choice(str(rank), text, rank == relation) for rank, (text, _) in RELATIONS.items()]
    context = {
        "filters": [
            Filter("profession", "Si c’était", roles),
            Filter("relation", "Relation", relations),
        ],
        "role": words.ROLES[role],
        "relation": label,
        "parts": [
            (words.CATEGORIES[part], acts, words.ACTS[acts])
            for part, acts in sight_of(role, rights)
        ],
        "seers": queries.who_sees(patient_id),
    }
    return page(request, "circles/sight.html", context)
