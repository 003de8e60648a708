"""Making a document: which kind, what it will say, what is missing and how to mend it, then filing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import Opening, permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.access.rules import READ, WRITE
from enrs.core.documents.made import doses_of
from enrs.core.documents.models import Document
from enrs.core.ui import filters
from enrs.formats.cda import reader, viewer
from enrs.formats.cda.checks import NEEDED_TEXTS, Fault
from enrs.services.record import commands
from enrs.services.record.queries.producing import (
    About,
    Draft,
    draft,
    former_version,
    maker_refusal,
    replaceable,
    said_before,
)
from enrs.services.record.queries.producing_facts import Said
from enrs.services.record.rules import producing as rules
from enrs.services.record.views.frame import record_page

PREVIEW = "apercu"


class ProduceForm(forms.Form):
    """What the author of a kind is asked, and whether the person waits for an announcement."""

    is_hidden = forms.BooleanField(
        label="Cacher à la personne jusqu’à la consultation d’annonce",
        required=False,
        help_text="Ni elle ni ses représentants ne le verront, ici comme au DMP, avant que vous ne disiez l’annonce "
        "faite.",
    )
    hidden_reason = forms.CharField(
        label="Pourquoi le cacher", required=False, max_length=500,
        help_text="À remplir si vous le cachez : vos collègues liront ce motif.",
    )  # fmt: skip

    def __init__(
        self, *args: Any, kind: rules.Kind, letters: Sequence[Document] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        if letters:
            self.fields["replaces"] = forms.TypedChoiceField(
                label="Remplacer une lettre", required=False, coerce=UUID, empty_value=None,
                choices=[("", "Non, c’est une nouvelle lettre"), *((one.id, _letter(one)) for one in letters)],
                help_text="Celle que vous choisissez ne sera plus en vigueur ; elle reste lisible.",
            )  # fmt: skip
        if kind.asks_tobacco:
            self.fields["tobacco"] = forms.DecimalField(
                label="Tabac, en paquets-années", required=False, min_value=0, max_value=300, decimal_places=1,
                help_text="Laissez vide si vous ne savez pas.",
            )  # fmt: skip
        needed = NEEDED_TEXTS.get(kind.key, ())
        for one in kind.questions:
            self.fields[one.name] = forms.CharField(
                label=one.label, required=one.name in needed, max_length=5000, help_text=one.help,
                widget=forms.Textarea(attrs={"rows": one.rows}),
            )  # fmt: skip

    @property
    def asked(self) -> list[str]:
        """The names of what the kind asks, in order."""
        return (["tobacco"] if self.kind.asks_tobacco else []) + [
            one.name for one in self.kind.questions
        ]

    def said(self) -> Said:
        """What the author wrote, once the form is valid."""
        return {name: self.cleaned_data[name] for name in self.asked}

    @property
    def about(self) -> About:
        """The letter that it replaces, once the form is valid."""
        return About(replaces_id=self.cleaned_data.get("replaces"))


def _letter(one: Document) -> str:
    return f"Celle du {filters.date_fr(one.happened_at)}, par {one.author_name}"


@dataclass(frozen=True, slots=True)
class Gap:
    """A fault as the page shows it: with where to mend it."""

    fault: Fault
    url: str = ""
    label: str = ""


@permission(patient_permission("documents", WRITE))
def kinds(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Which document to make: those that this reader may."""
    offered = [
        one for one in rules.KINDS.values() if _may_make(patient_id, one.key) and not one.is_about
    ]
    context = {"kinds": [(one, _named(former_version(patient_id, one.key))) for one in offered]}
    return record_page(request, "documents", context, template="record/produce.html")


@permission(patient_permission("documents", WRITE))
def produce(request: HttpRequest, patient_id: UUID, kind: str) -> HttpResponse:
    """One kind: what is missing, what the author adds, the preview, the making."""
    opening = opening_of(request)
    if not _may_make(patient_id, kind) or rules.KINDS[kind].is_about:
        raise Http404
    words = rules.KINDS[kind]
    former = former_version(patient_id, kind)
    letters = replaceable(patient_id, kind, current_actor())
    form = ProduceForm(
        request.POST or None, kind=words, letters=letters, initial=said_before(former, kind)
    )
    is_valid = request.method == "POST" and form.is_valid()
    is_preview = request.POST.get("etape") == PREVIEW
    refused: list[Fault] = []
    if is_valid and not is_preview:
        try:
            return _made(request, patient_id, kind, form)
        except commands.ProductionRefusedError as error:
            refused = error.faults
    said = form.said() if is_valid else {}
    about = form.about if is_valid else About()
    made = draft(patient_id, kind, said, current_actor(), about)
    faults = _shown(made, refused, is_asked=is_valid)
    context = {
        "kind": words,
        "form": form,
        "asked": " ".join([*(["replaces"] if letters else []), *form.asked]),
        "stopping": [gap_of(one, patient_id, opening) for one in faults if one.stops == "making"],
        "holding": [gap_of(one, patient_id, opening) for one in faults if one.stops != "making"],
        "former": _named(former),
        "facts": _counts(made),
        "received": made.received,
        "preview": _preview(made) if is_valid and is_preview else "",
    }
    response = record_page(request, "documents", context, template="record/produce_one.html")
    response.status_code = 422 if refused or form.errors else 200
    return response


def _named(former: Document | None) -> Document | None:
    """The former version as its page may name it: not one that the person masked."""
    return None if former is None or former.masked_from_professionals else former


def _may_make(patient_id: UUID, kind: str) -> bool:
    return not maker_refusal(patient_id, kind, current_actor())


def _made(request: HttpRequest, patient_id: UUID, kind: str, form: ProduceForm) -> HttpResponse:
    hidden = form.cleaned_data["is_hidden"]
    document = commands.produce_document(
        patient_id=patient_id, kind=kind, said=form.said(), is_hidden=hidden,
        reason=form.cleaned_data["hidden_reason"], replaces_id=form.about.replaces_id,
    )  # fmt: skip
    _tell(request, document, is_hidden=hidden)
    return redirect("record:document", patient_id, document.id)


@permission(patient_permission("documents", WRITE))
@require_POST
def produce_about(
    request: HttpRequest, patient_id: UUID, kind: str, about_id: UUID
) -> HttpResponse:
    """The document of one act, in one tap from its page; what stops it is told on a page of its own."""
    words = rules.KINDS.get(kind)
    if words is None or not words.is_about or not _may_make(patient_id, kind):
        raise Http404
    if not any(doses_of(patient_id, about_id)):
        # Of somebody else, withdrawn, or no dose: a prescription's document is made by its signature.
        raise Http404
    try:
        document = commands.produce_document(
            patient_id=patient_id, kind=kind, said={}, about_id=about_id
        )
    except commands.ProductionRefusedError as error:
        gaps = [gap_of(one, patient_id, opening_of(request)) for one in error.faults]
        context = {"kind": words, "stopping": gaps}
        response = record_page(
            request, "documents", context, template="record/produce_refused.html"
        )
        response.status_code = 422
        return response
    except AccessRefusedError as error:
        raise Http404 from error
    _tell(request, document, is_hidden=False)
    return redirect("record:document", patient_id, document.id)


def _tell(request: HttpRequest, document: Document, *, is_hidden: bool) -> None:
    """What became of it, in a message on the next page."""
    told = f"Document produit et classé, version {document.version_number}."
    toasts.success(request, told)
    if document.masked_from_professionals:
        toasts.warning(
            request,
            "La personne a masqué la version précédente aux professionnels : celle-ci l’est aussi, et vous seul la "
            "lirez. Voyez avec elle si elle veut la montrer.",
        )
    elif document.hidden_from_patient and not is_hidden:
        toasts.warning(
            request,
            "La version précédente attend une annonce : celle-ci est cachée à la personne elle aussi.",
        )


def _shown(made: Draft, refused: list[Fault], *, is_asked: bool) -> list[Fault]:
    """The faults to show: before anything is asked, empty fields of the form are none yet."""
    found = made.faults if is_asked else [one for one in made.faults if one.subject != "form"]
    return [*refused, *(one for one in found if one.code not in {other.code for other in refused})]


def gap_of(fault: Fault, patient_id: UUID, opening: Opening) -> Gap:
    """A fault with where its reader mends it."""
    if fault.subject in ("allergy", "problem", "measure") and opening.may(WRITE, "summary"):
        return Gap(
            fault,
            reverse("record:entries", args=[patient_id, fault.subject]),
            "Compléter la synthèse",
        )
    if fault.subject == "identity":
        return Gap(fault, reverse("identity:sheet", args=[patient_id]), "Voir l’identité")
    return Gap(fault)


def _counts(made: Draft) -> list[tuple[str, str]]:
    """What the document takes from the record, so that nobody is surprised."""
    facts = made.facts
    allergies = "aucune connue" if facts.is_no_allergy_known else str(len(facts.allergies))
    return [
        ("Pathologies et antécédents", str(len(facts.problems))),
        ("Allergies", allergies),
        ("Traitements", str(len(facts.treatments))),
        ("Vaccinations", str(len(facts.vaccines))),
        ("Mesures", str(len(facts.measures))),
    ]


def _preview(made: Draft) -> SafeString:
    """The document as its readers will see it; nothing is kept."""
    document = reader.read(made.content())
    head = viewer.render_header(document)
    # The viewer escapes every text and lets no markup of the source through.
    return mark_safe(head + viewer.render(document, heading=4))  # noqa: S308


def may_produce(opening: Opening) -> bool:
    """Whether a reader of the documents may make some of them."""
    may_write = opening.may(WRITE, "documents") and opening.may(READ, "summary")
    role = current_actor().role
    return may_write and any(role in one.roles for one in rules.KINDS.values() if not one.is_about)
