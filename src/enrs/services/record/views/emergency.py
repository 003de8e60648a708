"""Breaking the glass: opening a record outside one's circle, for a stated reason."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError, break_glass
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.core.access.queries import rights_on
from enrs.core.access.rules import BREAK_GLASS_HOURS, may_break_glass
from enrs.referentials.identity.queries import patient_of_token


class BreakGlassForm(forms.Form):
    """Why the record must be opened now."""

    reason_code = forms.ChoiceField(
        label="Motif",
        choices=[
            ("emergency", "Urgence : la personne ne peut pas donner son accord"),
            ("samu", "Régulation médicale (centre 15)"),
            ("continuity", "Continuité des soins sans délai possible"),
        ],
        widget=forms.RadioSelect,
    )
    reason_text = forms.CharField(
        label="Précisez la situation",
        help_text="Au moins dix caractères. La personne concernée et son cercle liront ce texte.",
        min_length=10,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@permission(PROFESSIONAL)
def break_glass_page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask the reason, then open the record for one shift."""
    patient_id = patient_of_token(token)
    if patient_id is None or not may_break_glass(current_actor().role):
        raise Http404
    if rights_on(patient_id):
        return redirect("record:summary", patient_id)
    form = BreakGlassForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            break_glass(patient_id=patient_id, **form.cleaned_data)
        except AccessRefusedError as error:
            raise Http404 from error
        return redirect("record:summary", patient_id)
    return render(request, "record/break_glass.html", {"form": form, "hours": BREAK_GLASS_HOURS})
