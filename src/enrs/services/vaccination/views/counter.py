"""At the counter: the campaigns of the day, the acts of one's place, and who stands there."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.audit.commands import note
from enrs.referentials.circles.commands import CircleError
from enrs.referentials.identity import queries as identity
from enrs.referentials.identity.commands import PossibleDuplicateError
from enrs.referentials.identity.rules import IdentityRefusedError, Traits, digest
from enrs.services.vaccination import commands, queries, words
from enrs.services.vaccination.forms import LookForm, NewFileForm
from enrs.services.vaccination.rules.eligibility import ROLES

COUNTER = role_permission(*ROLES)
NEAR = 8


@permission(COUNTER)
def home(request: HttpRequest) -> HttpResponse:
    """What is open today, and what one's place gave last."""
    lines = queries.acts_of_place()
    note(
        "vaccination.place.read", patient_ids=sorted({one.act.patient_id for one in lines}),
        object_kind="vaccination_act",
    )  # fmt: skip
    context = {
        "campaigns": queries.campaigns(is_open=True),
        "lines": lines,
        "place": current_actor().organisation_name,
    }
    return render(request, "vaccination/home.html", context)


@permission(COUNTER)
def find(request: HttpRequest) -> HttpResponse:
    """Three steps on one address: look for the person, see who may be them, open their record."""
    step = request.POST.get("step", "look") if request.method == "POST" else ""
    if step == "create":
        return _create(request)
    form = LookForm(request.POST or None)
    if step == "look" and form.is_valid():
        return _candidates(request, form)
    status = 422 if form.errors else 200
    return render(request, "vaccination/find.html", {"form": form}, status=status)


def _candidates(request: HttpRequest, look: LookForm) -> HttpResponse:
    """Who of one's patients is near, and whether somebody outside has exactly these traits."""
    values = look.cleaned_data
    day = values["birth_date"].isoformat()
    near = identity.search(birth_name=values["birth_name"], birth_date=day, limit=NEAR)
    context: dict[str, Any] = {"form": NewFileForm(initial=values | {"birth_date": day})}
    try:
        answer = identity.exact_search(
            birth_name=values["birth_name"], first_given_name=values["first_given_name"],
            birth_date=day, sex=values["sex"],
        )  # fmt: skip
    except identity.TooManySearchesError:
        context = {"form": look, "is_limited": True}
        return render(request, "vaccination/find.html", context, status=429)
    except PermissionDenied as error:
        raise Http404 from error
    if answer.patient_id and answer.patient_id not in {row.patient_id for row in near}:
        near.append(identity.regional_identity(answer.patient_id))
    context["near"] = [(row, identity.banner_of(row)) for row in near]
    context["answer"] = answer
    if answer.token:
        context["ask_url"] = reverse("circles:ask", args=[answer.token])
    return render(request, "vaccination/create.html", context)


def _create(request: HttpRequest) -> HttpResponse:
    form = NewFileForm(request.POST)
    context: dict[str, Any] = {"form": form}
    status = 422
    if form.is_valid():
        values = dict(form.cleaned_data)
        traits = _traits_of(values)
        context["confirmed_for"] = digest(traits, "")
        # Traits that changed since the warning are others': it is given anew, and counted as a search.
        confirmed = values["is_confirmed"] and values["confirmed_for"] == context["confirmed_for"]
        try:
            if not confirmed:
                identity.exact_search(
                    birth_name=traits.birth_name, first_given_name=traits.first_given_name,
                    birth_date=traits.birth_date, sex=traits.sex,
                )  # fmt: skip
            made = commands.open_vaccination_file(
                traits=traits, is_informed=values["is_informed"], is_confirmed=confirmed
            )
        except PossibleDuplicateError as error:
            twins = identity.regional_identities(error.inside)
            context["near"] = [(row, identity.banner_of(row)) for row in twins.values()]
            context["duplicate"], status = error, 409
        except identity.TooManySearchesError:
            context["is_limited"], status = True, 429
        except IdentityRefusedError:
            form.add_error("birth_name", "Ce nom ne peut pas être enregistré : vérifiez-le.")
        except CircleError:
            form.add_error(
                None, "Votre place dans le cercle de cette personne ne peut être ouverte."
            )
        except commands.VaccinationRefusedError as error:
            form.add_error(None, words.of(error.reason))
        except PermissionDenied as error:
            raise Http404 from error
        else:
            messages.success(request, "Le dossier est ouvert.")
            return redirect("vaccination:panel", made.patient_id)
    return render(request, "vaccination/create.html", context, status=status)


def _traits_of(given: dict[str, Any]) -> Traits:
    besides = {"is_confirmed", "confirmed_for", "is_checked", "is_informed"}
    traits = {name: value for name, value in given.items() if name not in besides}
    return Traits(**traits, status="validated" if given["is_checked"] else "provisional")
