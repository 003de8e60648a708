"""The summary handed to a professional outside of the circle: for whom, why, and the PDF."""

from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.audit.commands import note
from enrs.core.subjects.restrictions import restricted
from enrs.services.record.printing import summary_pdf
from enrs.services.record.views.frame import banner_of, record_page
from enrs.services.record.views.pages import summary_context

RESTRICTED = (
    "La personne a fait limiter le traitement de ses données : la synthèse ne se remet à personne hors du cercle. "
    "Demandez-lui d’ajouter ce professionnel à son cercle."
)


class SendForm(forms.Form):
    """Who receives the summary, and on what ground."""

    recipient = forms.CharField(
        label="Destinataire", max_length=200, help_text="Nom, profession et lieu d’exercice."
    )
    reason = forms.CharField(
        label="Pourquoi",
        min_length=10,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Le journal du dossier garde ce motif, que la personne peut lire.",
    )
    is_agreed = forms.BooleanField(
        label="La personne en est informée et ne s’y oppose pas",
        error_messages={"required": "La personne doit en être informée."},
    )


@permission(patient_permission("summary"))
def send(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Make the PDF for a recipient; the journal says for whom and why."""
    opening = opening_of(request)
    if opening.decision.role in {"patient", "proxy"}:
        raise Http404
    form = SendForm(request.POST or None)
    # Asked at the moment of the act: what a page keeps may be fifteen seconds old.
    is_restricted = bool(restricted([patient_id]))
    if request.method == "POST" and form.is_valid():
        if not is_restricted:
            return _sheet(request, patient_id, form)
        form.add_error(None, RESTRICTED)
    context = {"form": form, "is_restricted": is_restricted}
    response = record_page(request, "summary", context, template="record/send.html")
    response.status_code = 422 if form.errors else 200
    return response


def _sheet(request: HttpRequest, patient_id: UUID, form: SendForm) -> HttpResponse:
    opening, by = opening_of(request), current_actor()
    recipient = form.cleaned_data["recipient"]
    content = summary_pdf(
        banner_of(patient_id, opening.categories),
        summary_context(request, patient_id),
        recipient=recipient,
        sender=", ".join(part for part in (by.name, by.label, by.organisation_name) if part),
    )
    note(
        "record.summary.sent",
        patient_id=patient_id,
        object_kind="summary",
        purpose=opening.decision.reason,
        reason=f"{recipient} : {form.cleaned_data['reason']}"[:400],
        details={"recipient": recipient, "bytes": len(content)},
    )
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="synthese.pdf"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
