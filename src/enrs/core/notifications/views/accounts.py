"""« Comptes SMS »: the members whose own software sends, their keys, their monthly statement."""

import csv
import io
from datetime import date
from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrs.core.access.gate import permission
from enrs.core.audit.commands import note
from enrs.core.moments import legal_day
from enrs.core.notifications import commands
from enrs.core.notifications.channels.callback import callback_secret
from enrs.core.notifications.forms import AccountForm, OpenAccountForm
from enrs.core.notifications.models import SmsAccount
from enrs.core.notifications.queries import sendings as queries
from enrs.core.notifications.views.desk import OPERATOR
from enrs.core.spreadsheets import csv_cell
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.french import MONTHS

HEADINGS = (
    "Structure", "Expéditeur", "Messages", "SMS facturés", "Remis", "Envoyés sans accusé", "En échec",
    "Incertains", "Annulés", "En attente",
)  # fmt: skip


@permission(OPERATOR)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every account."""
    return render(request, "notifications/accounts.html", {"accounts": queries.accounts()})


@permission(OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def opening(request: HttpRequest) -> HttpResponse:
    """Open an account: look for the structure, choose it, name the sender."""
    form = OpenAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["organisation"]
        name = queries.organisation_name(chosen)
        try:
            if not name:
                raise commands.AccountError("Cette structure est inconnue.")
            made = commands.open_account(
                organisation_id=chosen,
                organisation_name=name,
                sender_name=form.cleaned_data["sender_name"],
            )
        except commands.AccountError as error:
            form.add_error(None, str(error))
        else:
            return redirect("notifications:account", made.id)
    text = request.GET.get("q", "").strip()[:100]
    found = queries.organisations_without_account(text) if text else []
    context = {"form": form, "q": text, "organisations": found}
    return render(request, "notifications/account_new.html", context)


@permission(OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """One account, to edit, with its keys."""
    one = _account(account_id)
    form = AccountForm(request.POST or None, instance=one)
    if request.method == "POST" and form.is_valid():
        try:
            commands.edit_account(account=one, expected_version=form.cleaned_data["version"])
        except StaleSaveError:
            form.add_error(None, "Quelqu’un a modifié ce compte entre-temps : rechargez la page.")
        else:
            toasts.success(request, "Le compte est enregistré.")
            return redirect("notifications:account", one.id)
    return _page(request, one, form)


def _page(
    request: HttpRequest, one: SmsAccount, form: AccountForm, fresh_key: str = ""
) -> HttpResponse:
    context = {
        "account": one,
        "form": form,
        "keys": queries.keys_of(one.id),
        "used": queries.used_this_month(one.id),
        "secret": callback_secret(one.id) if one.callback_url else "",
        "fresh_key": fresh_key,
    }
    return render(request, "notifications/account.html", context)


@permission(OPERATOR)
@require_POST
def new_key(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Make a key and show it, this once."""
    one = _account(account_id)
    label = request.POST.get("logiciel", "").strip()[:80]
    if not label:
        toasts.error(request, "Dites quel logiciel se servira de cette clé.")
        return redirect("notifications:account", one.id)
    key = commands.create_key(account=one, label=label)
    return _page(request, one, AccountForm(instance=one), key)


@permission(OPERATOR)
@require_POST
def end_key(request: HttpRequest, account_id: UUID, key_id: UUID) -> HttpResponse:
    """Revoke a key of this account."""
    if not any(key.id == key_id for key in queries.keys_of(account_id)):
        raise Http404
    commands.revoke_key(key_id=key_id)
    toasts.success(request, "La clé ne sert plus.")
    return redirect("notifications:account", account_id)


@permission(OPERATOR)
@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    """What each member sent in a month."""
    first = _month(request.GET.get("mois", ""))
    lines = queries.statement(first)
    context = {
        "lines": lines,
        "month": f"{first:%Y-%m}",
        "title": f"{MONTHS[first.month - 1]} {first.year}",
        "total": sum(line.segments for line in lines),
    }
    return render(request, "notifications/statement.html", context)


@permission(OPERATOR)
@require_safe
def statement_csv(request: HttpRequest) -> HttpResponse:
    """The same for a spreadsheet: UTF-8 with its mark, semicolons, no cell that is a formula."""
    first = _month(request.GET.get("mois", ""))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEADINGS)
    for line in queries.statement(first):
        name = line.name or "Plateforme régionale"
        figures = [
            line.messages, line.segments, line.delivered, line.sent, line.failed,
            line.uncertain, line.cancelled, line.waiting,
        ]  # fmt: skip
        writer.writerow([csv_cell(name), csv_cell(line.sender_name), *figures])
    note("sms.statement.exported", object_kind="month", object_id=f"{first:%Y-%m}")
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="releve-sms-{first:%Y-%m}.csv"'
    return response


def _month(text: str) -> date:
    """The first day of « 2026-11 »; of this legal month for anything else."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return legal_day(timezone.now()).replace(day=1)


def _account(account_id: UUID) -> SmsAccount:
    found = queries.account(account_id)
    if found is None:
        raise Http404
    return found
