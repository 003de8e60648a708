"""A new record, one by one: look for the person first, then create."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.access.rules import WRITE, may_break_glass, permits
from enrs.referentials.circles.commands import CircleError
from enrs.referentials.identity import queries as identity
from enrs.referentials.identity.commands import PossibleDuplicateError
from enrs.referentials.identity.forms.people import ProbedPatientForm
from enrs.referentials.identity.rules import IdentityRefusedError, Traits, digest
from enrs.services.record import commands

CREATORS = role_permission(
    "physician", "midwife", "dentist", "biologist", "secretary", "identity_officer"
)
NEAR = 8


class LookForm(forms.Form):
    """Who is looked for, before anybody is created."""

    birth_name = forms.CharField(label="Nom de naissance", max_length=100)
    first_given_name = forms.CharField(label="Premier prénom", max_length=100)
    birth_date = forms.DateField(
        label="Date de naissance",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    sex = forms.ChoiceField(
        label="Sexe", choices=[("F", "Femme"), ("M", "Homme"), ("U", "Inconnu")]
    )


class NewRecordForm(ProbedPatientForm):
    """The strict traits, and on what ground the creator joins the circle."""

    ground = forms.ChoiceField(
        label="Ce qui vous fait entrer dans l’équipe de soins",
        choices=[
            ("recognised", "La personne s’adresse à moi"),
            ("same_structure", "Elle est prise en charge dans ma structure"),
            ("coordinated", "J’exerce dans une organisation coordonnée"),
        ],
    )
    is_informed = forms.BooleanField(
        label="La personne est informée de ce dossier partagé et ne s’y oppose pas",
        error_messages={"required": "La personne doit être informée avant l’ouverture du dossier."},
    )


@permission(CREATORS)
def new(request: HttpRequest) -> HttpResponse:
    """Three steps on one address: look for the person, see who may be them, create."""
    step = request.POST.get("step", "look") if request.method == "POST" else ""
    if step == "create":
        return _create(request)
    form = LookForm(request.POST or None)
    if step == "look" and form.is_valid():
        return _candidates(request, form)
    status = 422 if form.errors else 200
    return render(request, "record/new.html", {"form": form}, status=status)


def _candidates(request: HttpRequest, look: LookForm) -> HttpResponse:
    """Who in the circle is near, and whether somebody outside has exactly these traits."""
    values = look.cleaned_data
    day = values["birth_date"].isoformat()
    near = identity.search(birth_name=values["birth_name"], birth_date=day, limit=NEAR)
    context: dict[str, Any] = {
        "look": look,
        "form": NewRecordForm(initial=values | {"birth_date": day}),
    }
    try:
        answer = identity.exact_search(
            birth_name=values["birth_name"],
            first_given_name=values["first_given_name"],
            birth_date=day,
            sex=values["sex"],
        )
    except identity.TooManySearchesError:
        context["is_limited"] = True
        return render(request, "record/new.html", {"form": look, **context}, status=429)
    except PermissionDenied as error:
        raise Http404 from error
    if answer.patient_id and answer.patient_id not in {row.patient_id for row in near}:
        near.append(identity.regional_identity(answer.patient_id))
    context["near"] = [(row, identity.banner_of(row)) for row in near]
    context |= {"answer": answer, **_doors(answer)}
    return render(request, "record/new_create.html", context | _rights())


def _doors(answer: identity.ExactAnswer) -> dict[str, str]:
    """What one may do about somebody outside of one's circle."""
    if not answer.token:
        return {}
    doors = {"ask_url": reverse("circles:ask", args=[answer.token])}
    if may_break_glass(current_actor().role):
        doors["glass_url"] = reverse("record:break_glass", args=[answer.token])
    return doors


def _rights() -> dict[str, bool]:
    return {"joins": permits(current_actor().role, "circle", WRITE)}


def _create(request: HttpRequest) -> HttpResponse:
    form = NewRecordForm(request.POST)
    context: dict[str, Any] = {"form": form} | _rights()
    status = 422
    if form.is_valid():
        values = dict(form.cleaned_data)
        traits = _traits_of(values)
        context["confirmed_for"] = digest(traits, "")
        # Traits that changed since the warning are others': it is given anew, and counted as a search.
        confirmed = values["is_confirmed"] and values["confirmed_for"] == context["confirmed_for"]
        try:
            if not confirmed:
                _look_again(traits)
            made = commands.open_record(
                traits=traits, ground=values["ground"], is_informed=values["is_informed"],
                is_confirmed=confirmed,
            )  # fmt: skip
        except PossibleDuplicateError as error:
            twins = identity.regional_identities(error.inside)
            context["near"] = [(row, identity.banner_of(row)) for row in twins.values()]
            context["duplicate"], status = error, 409
        except identity.TooManySearchesError:
            context["is_limited"], status = True, 429
        except IdentityRefusedError:
            form.add_error("birth_name", "Ce nom ne peut pas être enregistré : vérifiez-le.")
        except CircleError:
            form.add_error("ground", "Ce motif ne convient pas à votre profession.")
        except (AccessRefusedError, PermissionDenied) as error:
            raise Http404 from error
        else:
            messages.success(request, "Le dossier est créé.")
            return redirect("record:summary", made.patient_id)
    return render(request, "record/new_create.html", context, status=status)


def _look_again(traits: Traits) -> None:
    """Count and journal the look at the region that creating somebody is, as the search before it is."""
    identity.exact_search(
        birth_name=traits.birth_name,
        first_given_name=traits.first_given_name,
        birth_date=traits.birth_date,
        sex=traits.sex,
    )


def _traits_of(given: dict[str, Any]) -> Traits:
    besides = {"is_confirmed", "confirmed_for", "is_checked", "ground", "is_informed"}
    traits = {name: value for name, value in given.items() if name not in besides}
    return Traits(**traits, status="validated" if given["is_checked"] else "provisional")
