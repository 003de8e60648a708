"""What the pages of home monitoring have in common: words of findings and states, refusals, what is found or not."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest

from enrs.core.access.commands import AccessRefusedError
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.subjects.measures import MeasureRefusedError, known_measures
from enrs.core.ui.filters import number_fr
from enrs.referentials.circles.commands import CircleError
from enrs.services.home_monitoring import queries
from enrs.services.home_monitoring.commands import MonitoringRefusedError
from enrs.services.home_monitoring.forms import MEASURE_REFUSALS, REFUSALS
from enrs.services.home_monitoring.models import FollowUp
from enrs.services.home_monitoring.rules.protocols import ProtocolError

Found = TypeVar("Found")
LOOKS = {
    "red": ("alerte", "Alerte", "exclamation-octagon-fill"),
    "amber": ("attention", "À surveiller", "exclamation-triangle-fill"),
    "silent": ("information", "Silence", "bell-slash-fill"),
    "green": ("sûr", "Stable", "check-circle-fill"),
    "": ("neutre", "Pas encore de relevé", "hourglass-split"),
}
"""Tone, word and icon of a state, a level or an alert."""
WHO = {
    "watcher": "qui veille",
    "on_call": "l’astreinte de qui veille",
    "starter": "qui a commencé la surveillance",
    "cell": "la cellule régionale de soutien",
    "person": "la personne et ses représentants",
    "circle": "l’équipe de soins de la personne",
}
STALE = "Quelqu’un a modifié cette page entre-temps : relisez-la, puis recommencez."


def known(found: Found | None) -> Found:
    """What was found by its address, or nothing at this address."""
    if found is None:
        raise Http404
    return found


def follow_up_or_404(patient_id: UUID, follow_up_id: UUID) -> FollowUp:
    """The follow-up of this address."""
    return known(queries.follow_up(patient_id, follow_up_id))


def look(state: str) -> dict[str, str]:
    """How a state is shown."""
    tone, label, icon = LOOKS.get(state, LOOKS[""])
    return {"tone": tone, "label": label, "icon": icon}


def finding_words(findings: Sequence[dict[str, Any]]) -> list[str]:
    """What thresholds found, in words: « Saturation en oxygène 91 % (moins de 92) »."""
    return [_words(one) for one in findings]


def _words(finding: dict[str, Any]) -> str:
    if finding["rule"] == "yes":
        return f"Oui à « {finding['text']} »"
    measure = known_measures().get(finding["kind"])
    label, unit = (measure.label, measure.unit) if measure else (finding["kind"], "")
    value, limit = number_fr(finding["value"]), number_fr(finding["limit"])
    if finding["rule"] == "rise":
        return f"{label}\u00a0: {value}\u00a0{unit} de plus (seuil {limit})"
    side = "moins de" if finding["rule"] == "low" else "plus de"
    return f"{label} {value}\u00a0{unit} ({side} {limit})"


REFUSED = (
    MonitoringRefusedError, CircleError, AccessRefusedError, StaleSaveError, MeasureRefusedError,
    ProtocolError,
)  # fmt: skip


def sentence_of(error: Exception) -> str:
    """A refusal in words that say what to do."""
    if isinstance(error, StaleSaveError):
        return STALE
    if isinstance(error, AccessRefusedError):
        return "Votre place auprès de cette personne ne permet pas cet acte."
    if isinstance(error, MeasureRefusedError):
        return MEASURE_REFUSALS.get(error.code, "Vérifiez les valeurs.")
    reason = error.reason if isinstance(error, MonitoringRefusedError | CircleError) else ""
    return REFUSALS.get(reason, "Cet acte n’est pas possible.")


@contextmanager
def refusals_on(form: Form) -> Iterator[None]:
    """A command's refusal becomes the form's own error; the view then shows the form again.

    A refusal of access stays one: the gate answers it. That of a measure or of a
    protocol names a field, which its form says.
    """
    try:
        yield
    except (AccessRefusedError, MeasureRefusedError, ProtocolError):
        raise
    except REFUSED as error:
        form.add_error(None, sentence_of(error))


@contextmanager
def refusals_told(request: HttpRequest) -> Iterator[None]:
    """A command's refusal becomes a message on the next page."""
    try:
        yield
    except AccessRefusedError:
        raise
    except REFUSED as error:
        messages.error(request, sentence_of(error))
