"""The screen « Diffusions »: what partners are told of their patients' numbers, and where."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.shapes import Choice, Filter
from enrs.interop.gateway import commands, queries, telling
from enrs.interop.gateway.forms import RecipientForm
from enrs.interop.gateway.models import Partner
from enrs.interop.gateway.models_out import Delivery, Recipient

OPERATOR = role_permission("operator")
TONES = {"waiting": "attention", "sent": "sûr", "refused": "alerte", "void": "neutre"}


@permission(OPERATOR)
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """Deliveries, the newest first."""
    state, partner = request.GET.get("etat", ""), request.GET.get("partenaire", "")
    found, last = queries.deliveries(
        state=state, partner_id=_uuid(partner), before=_uuid(request.GET.get("avant", ""))
    )
    kept = {name: value for name, value in request.GET.items() if name != "avant"}
    recipients = queries.recipients()
    context = {
        "rows": [(one, TONES[one.state]) for one in found],
        "filters": [
            _filter("etat", "État", list(Delivery.State.choices), state),
            _filter(
                "partenaire", "Partenaire",
                [(str(one.partner_id), one.partner.name) for one in recipients], partner,
            ),
        ],
        "next_url": "?" + urlencode(kept | {"avant": str(last)}) if last else "",
        "silent": [one for one in recipients if one.is_active and one.error],
        "is_filtered": bool(state or partner),
    }  # fmt: skip
    return render(request, "gateway/deliveries.html", context)


def _filter(name: str, label: str, options: list[tuple[str, str]], chosen: str) -> Filter:
    choices = [Choice("", "Tous", is_current=not chosen)]
    choices += [Choice(value, words, is_current=value == chosen) for value, words in options]
    return Filter(name, label, choices)


@permission(OPERATOR)
@require_POST
def resend(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Send a delivery again."""
    one = get_object_or_404(Delivery, pk=delivery_id)
    try:
        commands.resend_delivery(delivery=one)
    except commands.MessageStateError as error:
        toasts.error(request, str(error))
    else:
        toasts.success(request, "La diffusion repart dans quelques secondes.")
    return redirect("gateway:deliveries")


@permission(OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def recipient(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """Where a partner is told of the numbers of its patients."""
    partner = get_object_or_404(Partner, pk=partner_id)
    one = Recipient.objects.filter(partner=partner).first() or _new(partner)
    form = RecipientForm(request.POST or None, instance=one)
    if request.method == "POST" and form.is_valid():
        try:
            commands.edit_recipient(recipient=one, expected_version=form.cleaned_data["version"])
        except StaleSaveError:
            form.add_error(
                None, "Quelqu’un a modifié ces diffusions entre-temps : rechargez la page."
            )
        else:
            telling.forget()
            toasts.success(request, "Les diffusions à ce partenaire sont réglées.")
            return redirect("gateway:partner", partner_id)
    context = {"form": form, "partner": partner, "is_new": one._state.adding, "recipient": one}
    return render(request, "gateway/recipient.html", context)


def _new(partner: Partner) -> Recipient:
    domain = partner.trusted_identity_system or (
        f"urn:finess:{partner.finess}" if partner.finess else ""
    )
    return Recipient(partner=partner, domain=domain)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
