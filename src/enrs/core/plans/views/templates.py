"""Templates of plans: read by whoever writes plans, written and put in service by the region's team; applied."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.access.rules import OPERATOR
from enrs.core.live.views import live_context
from enrs.core.numbers import whole
from enrs.core.plans import commands, kinds, queries
from enrs.core.plans import template_forms as forms
from enrs.core.plans.flows import ROLES
from enrs.core.plans.models import PlanTemplate
from enrs.core.plans.rules import templates as rules
from enrs.core.plans.views.shared import WRITES, attempt, page, plan_or_404
from enrs.core.subjects.commands import StaleSaveError

REGION = role_permission(OPERATOR)
READERS = role_permission(OPERATOR, *ROLES, reads_at_rest=True)
STALE = "Quelqu’un a modifié ce modèle entre-temps : relisez-le, puis recommencez."


@permission(READERS)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every template, with the number in service and the draft."""
    return _page(request, "templates", {"groups": queries.templates()})


@permission(READERS)
@require_safe
def show(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """One number of a template, as it would be applied."""
    one = _template(template_id)
    context = {
        "one": one,
        "kind": kinds.declared(one.kind),
        "lead": one.content.get("lead", ""),
        "tree": rules.tree(one.content),
    }
    return _page(request, "template", context)


@permission(REGION)
def new(request: HttpRequest) -> HttpResponse:
    """The first draft of a new template."""
    form = forms.TemplateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        content = {"lead": values.pop("lead"), "rows": []}
        made = _saved(form, lambda: commands.draft_template(content=content, **values))
        if made is not None:
            messages.success(
                request, "Brouillon enregistré : ajoutez les problèmes, objectifs et actions."
            )
            return redirect("plans:template", made.id)
    return _page(request, "template_edit", {"form": form, "one": None, "heading": "Nouveau modèle"})


@permission(REGION)
@require_POST
def successor(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """The next number of a template, from what this one says."""
    one, told = _template(template_id), Form({})
    made = _saved(
        told,
        lambda: commands.draft_template(
            code=one.code, kind=one.kind, title=one.title, content=one.content
        ),
    )
    if made is None:
        messages.error(request, _told(told))
        return redirect("plans:template", template_id)
    return redirect("plans:template", made.id)


@permission(REGION)
def texts(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """The title of a draft and for whom it is meant."""
    one = _template(template_id)
    initial = {"title": one.title, "lead": one.content.get("lead", "")}
    form = forms.TextsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        content = {**one.content, "lead": given["lead"]}
        if _revised(request, form, one, given["title"], content):
            return redirect("plans:template", one.id)
    return _page(request, "template_edit", {"form": form, "one": one, "heading": "Le modèle"})


@permission(REGION)
def row(request: HttpRequest, template_id: UUID, name: str, key: int = 0) -> HttpResponse:
    """Add a row to a draft, or change one."""
    one = _template(template_id)
    known = forms.named(one.content, key) if key else None
    if name not in forms.ROW_FORMS or (key and (known is None or known["kind"] != name)):
        raise Http404
    above = known["of"] if known else whole(request.GET.get("sous", "0"))
    form = forms.ROW_FORMS[name](request.POST or None, kind=one.kind, initial=dict(known or {}))
    if request.method == "POST" and form.is_valid():
        content = rules.with_row(one.content, forms.row_of(name, form, above), key)
        if _revised(request, form, one, one.title, content):
            return redirect(f"{reverse('plans:template', args=[one.id])}#lignes")
    context = {
        "form": form, "one": one, "known": known, "row_key": key, "name": name,
        "heading": f"{'Modifier' if known else 'Ajouter'} : {forms.WORDS[name].lower()}",
    }  # fmt: skip
    return _page(request, "template_edit", context)


@permission(REGION)
@require_POST
def drop_row(request: HttpRequest, template_id: UUID, key: int) -> HttpResponse:
    """Take a row out of a draft, with what hangs on it."""
    one, told = _template(template_id), Form({})
    if not _revised(request, told, one, one.title, rules.without_row(one.content, key)):
        messages.error(request, _told(told))
    return redirect("plans:template", template_id)


@permission(REGION)
@require_POST
def publish(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """Put a draft in service."""
    one, expected = _template(template_id), whole(request.POST.get("version", ""))
    return _act(
        request, one, "est en service", lambda: commands.publish_template(template=one, expected_version=expected)
    )  # fmt: skip


@permission(REGION)
@require_POST
def retire(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """Withdraw a number of a template."""
    one, expected = _template(template_id), whole(request.POST.get("version", ""))
    return _act(
        request, one, "est retiré", lambda: commands.retire_template(template=one, expected_version=expected)
    )  # fmt: skip


@permission(WRITES)
def apply(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Choose a template for a plan; one tap writes its rows."""
    plan = plan_or_404(patient_id, plan_id)
    if request.method == "POST":
        chosen = _chosen(request.POST.get("template", ""))
        return attempt(
            request, plan, f"« {chosen.title} » est appliqué : adaptez chaque ligne à la personne.",
            lambda: commands.apply_template(plan=plan, template=chosen),
        )  # fmt: skip
    found = [(one, rules.tree(one.content)) for one in queries.templates_for(plan.kind)]
    return page(request, plan, "apply", {"templates": found})


# --- the parts -------------------------------------------------------------------------------------


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    actor = current_actor()
    shared = {"may_change": actor.role == OPERATOR, "live": live_context(f"user:{actor.user_id}")}
    return render(request, f"plans/{name}.html", shared | context)


def _template(template_id: UUID) -> PlanTemplate:
    found = queries.template(template_id)
    if found is None:
        raise Http404
    return found


def _chosen(text: str) -> PlanTemplate:
    try:
        return _template(UUID(text))
    except ValueError:
        raise Http404 from None


def _told(form: Form) -> str:
    """What is wrong, in one line."""
    return " ".join(str(one) for one in form.non_field_errors())


def _saved(form: Form, command: Any) -> PlanTemplate | None:
    """What a command made, or nothing and what is wrong on the form."""
    try:
        made: PlanTemplate = command()
    except (commands.PlanRefusedError, rules.TemplateError) as error:
        words = forms.SENTENCES.get(error.reason, "Ce modèle ne peut pas être enregistré ainsi.")
        form.add_error(error.field if error.field in form.fields else None, words)
        return None
    except StaleSaveError:
        form.add_error(None, STALE)
        return None
    return made


def _revised(
    request: HttpRequest, form: Form, one: PlanTemplate, title: str, content: dict[str, Any]
) -> bool:
    expected = whole(request.POST.get("version", ""))
    made = _saved(
        form,
        lambda: commands.revise_template(
            template=one, title=title, content=content, expected_version=expected
        ),
    )
    if made is not None:
        messages.success(request, "Brouillon enregistré.")
    return made is not None


def _act(request: HttpRequest, one: PlanTemplate, done: str, command: Any) -> HttpResponse:
    told = Form({})
    if _saved(told, command) is None:
        messages.error(request, _told(told))
    else:
        messages.success(request, f"« {one.title} », version {one.number}, {done}.")
    return redirect("plans:template", one.id)
