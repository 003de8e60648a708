"""Pages: the identity of a patient with its acts, the scanner, labels, the campaigns of verification."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission, role_permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.access.rules import WRITE
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.patient_page import patient_page
from enrs.referentials.geography.queries import city_of
from enrs.referentials.identity import commands, insi, printing_insi, queries, rules
from enrs.referentials.identity.commands.runs import RunStateError
from enrs.referentials.identity.forms import insi as forms
from enrs.referentials.identity.forms.people import ExactForm, NewPatientForm
from enrs.referentials.identity.insi.contract import Card
from enrs.referentials.identity.models import InsRun, SourceIdentity
from enrs.referentials.identity.queries import insi as queries_insi
from enrs.referentials.identity.queries.emergencies import emergency_of_patient, mistake_of_patient
from enrs.referentials.identity.views.search import CREATORS, _record_url, _token_url
from enrs.referentials.identity.words import (
    ATTRIBUTES,
    answer_words,
    key_words,
    sender_words,
    trait_words,
    waiting_words,
)

READS = patient_permission("identity")
WRITES = patient_permission("identity", WRITE)
OFFICERS = role_permission("identity_officer")


@dataclass(frozen=True, slots=True)
class Act:
    """One act of the page: its words, its form, the moves of the table that it stands for."""

    title: str
    lead: str
    button: str
    form: type[forms.ActForm]
    moves: tuple[str, ...]
    tone: str = "primary"


ACTS = {
    "valider": Act(
        "Contrôler une pièce d’identité",
        "Comparez chaque trait à l’original du document. Provisoire, l’identité devient validée ; récupérée, elle "
        "devient qualifiée.",
        "Valider l’identité", forms.ProofForm, ("validate",),
    ),
    "insi": Act(
        "Interroger l’INSi",
        "Les traits stricts partent au téléservice national. S’il reconnaît la personne, ses traits d’état civil "
        "remplacent ceux qui sont ici et le matricule INS est repris.",
        "Interroger l’INSi", forms.ActForm, ("retrieve",),
    ),
    "carte": Act(
        "Interroger l’INSi par la carte Vitale",
        "La carte n’est pas une pièce d’identité : elle sert seulement à trouver la personne.",
        "Interroger l’INSi", forms.CardForm, ("retrieve",),
    ),
    "verifier": Act(
        "Vérifier le matricule INS",
        "L’INSi confirme ou dément le matricule et ses traits. Démenti, il est retiré et l’identité devient douteuse.",
        "Vérifier", forms.ActForm, ("confirm",),
    ),
    "corriger": Act(
        "Corriger les traits",
        "Une nouvelle version est gardée. Changer un trait strict rend l’identité provisoire : la pièce d’identité "
        "est à revoir.",
        "Enregistrer la correction", forms.CorrectForm, ("correct",),
    ),
    "signaler": Act(
        "Signaler un doute, une fiction ou un homonyme",
        "Douteuse ou fictive, l’identité redevient provisoire, son matricule INS est retiré et l’INSi n’est plus "
        "interrogé. Homonyme, elle garde son statut.",
        "Signaler", forms.MarkForm, ("doubt", "fiction", "namesake"), "danger",
    ),
    "lever": Act(
        "Lever l’attribut",
        "Après un doute levé, l’identité est provisoire : contrôlez une pièce, puis interrogez l’INSi.",
        "Lever", forms.ReasonForm, ("lift", "part"),
    ),
    "revenir": Act(
        "Revenir au statut provisoire",
        "Le matricule INS et la pièce contrôlée sont retirés. À faire quand elle a été validée ou qualifiée à tort.",
        "Revenir au statut provisoire", forms.ReasonForm, ("step_back",), "danger",
    ),
}  # fmt: skip
"""Last part of an address to its act, in the order of the page."""


@permission(READS)
@require_GET
def sheet(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """« Identité »: traits, status and what is missing, sources with their acts, history."""
    regional = queries.regional_identity(patient_id)
    may_write = opening_of(request).may(WRITE, "identity")
    found = queries_insi.sources(patient_id, current_actor())
    attributes = queries.attributes_of([one.identity for one in found])
    chosen = _chosen(request, found, regional.source_id)
    changes, before = (
        queries_insi.history(chosen.identity, before=whole(request.GET.get("avant", "")) or 0)
        if chosen
        else ([], 0)
    )
    context = {
        "regional": regional,
        "birth_place": city_of(regional.birth_place_code) if regional.birth_place_code else "",
        "namesake": ATTRIBUTES["homonym"] if _is_namesake(attributes) else None,
        "emergency": emergency_of_patient(patient_id),
        "mistake": mistake_of_patient(patient_id),
        "names_people": may_write,
        "rows": [_row(one, attributes[one.identity.id], may_write=may_write) for one in found],
        "is_asking": any(one.waiting and not one.waiting.error for one in found),
        "chosen": chosen,
        "chosen_sender": sender_words(chosen.identity) if chosen else "",
        "changes": [
            (one, key_words(one.version.by) or "source inconnue", trait_words(one.fields))
            for one in changes
        ],
        "before": before,
        "prints": regional.status == "qualified" and bool(regional.ins) and not regional.attribute,
        "may_declare": current_actor().kind == "professional",
        "is_stand_in": bool((service := insi.service()) and service.is_stand_in),
    }
    return patient_page(
        request, "identity/sheet.html", context, panel="identity", reading="identity.sheet.read"
    )


def _chosen(
    request: HttpRequest, found: list[queries_insi.Source], default: UUID | None
) -> queries_insi.Source | None:
    """The source whose history is shown: the one asked for, else the one that gives the traits."""
    wanted = request.GET.get("identite", "")
    by_id = {str(one.identity.id): one for one in found}
    return by_id.get(wanted) or by_id.get(str(default)) or (found[0] if found else None)


def _is_namesake(attributes: dict[UUID, list[str]]) -> bool:
    return any(rules.HOMONYM in codes for codes in attributes.values())


def _row(one: queries_insi.Source, attributes: list[str], *, may_write: bool) -> dict[str, Any]:
    offered = [slug for slug, act in ACTS.items() if any(one.may(move) for move in act.moves)]
    if one.identity.status == "qualified" and one.is_ours and not one.why["confirm"]:
        offered = [slug for slug in offered if slug != "insi"]
    next_status, how = one.missing
    return {
        "one": one,
        "sender": sender_words(one.identity),
        "proof": rules.proof_label(one.identity.proof),
        "collected": rules.COLLECTIONS.get(one.identity.collected_by, ""),
        "attributes": [ATTRIBUTES[code] for code in attributes],
        "next_status": next_status,
        "how": how,
        "acts": [(slug, ACTS[slug]) for slug in offered] if may_write and one.is_ours else [],
        "not_ours": rules.REFUSALS["ours"].text if may_write and not one.is_ours else "",
        "waiting": waiting_words(one.waiting) if one.waiting else "",
        "answer": answer_words(one.answered) if one.answered else None,
    }


@permission(WRITES)
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, patient_id: UUID, identity_id: UUID, name: str) -> HttpResponse:
    """One act on one identity: what it will do, its form, and why it is refused when it is."""
    identity = SourceIdentity.objects.filter(pk=identity_id, patient_id=patient_id).first()
    declared = ACTS.get(name)
    if identity is None or declared is None:
        raise Http404
    source = queries_insi.source(identity, is_ours=identity.system in _own())
    form = declared.form(request.POST or None, initial=_initial(identity))
    if request.method == "POST" and form.is_valid() and _done(name, identity, form):
        messages.success(request, _said(name))
        return redirect("identity:sheet", patient_id=patient_id)
    refused = [source.why[move] for move in declared.moves]
    context = {
        "act": declared,
        "identity": identity,
        "sender": sender_words(identity),
        "form": form,
        "refusal": rules.REFUSALS[refused[0]] if all(refused) else None,
        "birth_place": city_of(identity.birth_place_code) if identity.birth_place_code else "",
    }
    return patient_page(
        request, "identity/act.html", context, panel="identity", reading="identity.sheet.read",
        status=422 if form.errors else 200,
    )  # fmt: skip


def _own() -> frozenset[str]:
    return commands.own_systems(current_actor())


def _initial(identity: SourceIdentity) -> dict[str, Any]:
    traits = {name: getattr(identity, name) for name in rules.TRAIT_FIELDS}
    return traits | {"version": identity.version, "proof": ""}


def _said(name: str) -> str:
    asks = name in ("insi", "carte", "verifier")
    return "La question est posée à l’INSi." if asks else "L’identité est mise à jour."


def _done(name: str, identity: SourceIdentity, form: Form) -> bool:
    """Whether the act was done; a refusal becomes the form's own error, with the rule that says so."""
    given = dict(form.cleaned_data)
    shared = {"identity": identity, "expected_version": given.pop("version"), "by": current_actor()}
    try:
        _call(name, given, shared)
    except rules.MoveRefusedError as error:
        form.add_error(None, f"{error.refusal.text} ({error.refusal.source})")
    except rules.IdentityRefusedError:
        form.add_error(
            None, "Ces traits ne peuvent pas être gardés : le nom de naissance est exigé."
        )
    except StaleSaveError:
        form.add_error(
            None,
            "Cette identité a changé pendant que vous la lisiez : revenez à la page et recommencez.",
        )
    return not form.errors


def _call(name: str, given: dict[str, Any], shared: dict[str, Any]) -> None:
    match name:
        case "valider":
            commands.validate_identity(
                proof=given["proof"], parent_seen=given["parent_seen"], **shared
            )
        case "signaler":
            commands.mark_identity(attribute=given["attribute"], reason=given["reason"], **shared)
        case "lever":
            commands.lift_attribute(reason=given["reason"], **shared)
        case "revenir":
            commands.step_back(reason=given["reason"], **shared)
        case "corriger":
            reason = given.pop("reason")
            commands.correct_identity(changes=given, reason=reason, **shared)
        case "carte":
            card = Card(given["number"], given["birth_date"].isoformat())
            commands.ask_ins(kind="card", card=card, **shared)
        case _:
            commands.ask_ins(kind="verify" if name == "verifier" else "traits", **shared)


@permission(READS)
@require_GET
def labels(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """A sheet of identity labels with their Datamatrix INS, for a qualified identity alone."""
    regional = queries.regional_identity(patient_id)
    try:
        content = printing_insi.labels_pdf(regional)
    except printing_insi.NoLabelError as error:
        raise Http404 from error
    note_reading(request, "identity.labels.printed", "identity")
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="etiquettes-identite.pdf"'
    return answer


@permission(CREATORS)
@require_http_methods(["GET", "POST"])
def scan(request: HttpRequest) -> HttpResponse:
    """A Datamatrix INS read by a scanner: the exact search, and the creation form when nobody answers."""
    form = forms.ScanForm(request.POST or None)
    context: dict[str, Any] = {"scan_form": form, "form": ExactForm(), "q": ""}
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            answer = queries.exact_search(ins=form.code.ins)
            if answer.kind == "none":
                found = {name: value for name, value in form.traits.items() if name in _SEARCHED}
                answer = queries.exact_search(**found)
        except queries.TooManySearchesError:
            context["is_limited"], status = True, 429
        else:
            context |= {
                "scan_form": forms.ScanForm(),
                "answer": answer,
                "ask_url": _token_url("circles:ask", answer),
                "record_url": _record_url(answer.patient_id) if answer.patient_id else "",
                "creation": NewPatientForm(initial=form.traits) if answer.kind == "none" else None,
            }
    elif request.method == "POST":
        status = 422
    return render(request, "identity/scan.html", context, status=status)


_SEARCHED = ("birth_name", "first_given_name", "birth_date", "sex")


@permission(OFFICERS)
@require_http_methods(["GET", "POST"])
def ins_runs(request: HttpRequest) -> HttpResponse:
    """The periodic verification of every INS: its progress, what was refused, pause and resume."""
    if request.method == "POST":
        _lead(request)
        return redirect("identity:ins_runs")
    found = queries_insi.runs()
    current = next((one for one in found if one.state != InsRun.State.DONE), None)
    service = insi.service()
    context = {
        "current": current,
        "done": (current.kept_count + current.refused_count + current.left_count) if current else 0,
        "past": [one for one in found if one.state == InsRun.State.DONE],
        "years": queries_insi.years(),
        "is_connected": service is not None,
        "is_stand_in": bool(service and service.is_stand_in),
        "refused_url": f"{reverse('identity:work_list')}?kind=ins_refused",
    }
    return render(request, "identity/ins_runs.html", context)


def _lead(request: HttpRequest) -> None:
    name, by = request.POST.get("act", ""), current_actor()
    open_run = next((one for one in queries_insi.runs() if one.state != InsRun.State.DONE), None)
    try:
        if name == "start":
            commands.start_run(by=by)
            messages.success(request, "La vérification commence dans la minute.")
        elif open_run and name == "pause":
            commands.pause_run(run=open_run, by=by)
            messages.success(request, "La vérification est en pause : le lot en cours se termine.")
        elif open_run and name == "resume":
            commands.resume_run(run=open_run, by=by)
            messages.success(request, "La vérification reprend où elle s’était arrêtée.")
    except RunStateError:
        messages.warning(request, "Un collègue l’a déjà fait : rien n’a été changé.")
