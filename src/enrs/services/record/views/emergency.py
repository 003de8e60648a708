"""Breaking the glass: opening a record outside one's circle, for a stated reason."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError, break_glass
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.core.access.queries import rights_on
from enrs.core.access.regulation import is_regulator
from enrs.core.access.rules import BREAK_GLASS_HOURS, may_break_glass, reasons_for
from enrs.referentials.identity.queries import patient_of_token

REASONS = {
    "emergency": "Urgence : la personne ne peut pas donner son accord",
    "samu": "Régulation médicale (centre 15)",
    "continuity": "Continuité des soins sans délai possible",
}
NOT_OFFERED = (
    "Choisissez un des motifs proposés. La régulation médicale est réservée aux médecins qui régulent les "
    "appels du centre 15, dans la structure où ils travaillent en ce moment."
)


class BreakGlassForm(forms.Form):
    """Why the record must be opened now; the regulation is offered to those who regulate alone."""

    reason_code = forms.ChoiceField(
        label="Motif",
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": NOT_OFFERED, "required": "Choisissez un motif."},
    )
    reason_text = forms.CharField(
        label="Précisez la situation",
        help_text="Au moins dix caractères. La personne concernée et son cercle liront ce texte.",
        min_length=10,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, is_regulator: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["reason_code"].choices = [  # type: ignore[attr-defined]
            (code, REASONS[code]) for code in reasons_for(is_regulator=is_regulator)
        ]


@permission(PROFESSIONAL)
def break_glass_page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask the reason, then open the record for one shift."""
    patient_id = patient_of_token(token)
    if patient_id is None or not may_break_glass(current_actor().role):
        raise Http404
    if rights_on(patient_id):
        return redirect("record:summary", patient_id)
    form = BreakGlassForm(request.POST or None, is_regulator=is_regulator())
    if request.method == "POST" and form.is_valid():
        try:
            break_glass(patient_id=patient_id, **form.cleaned_data)
        except AccessRefusedError as error:
            raise Http404 from error
        return redirect("record:summary", patient_id)
    return render(request, "record/break_glass.html", {"form": form, "hours": BREAK_GLASS_HOURS})
