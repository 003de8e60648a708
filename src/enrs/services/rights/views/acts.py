"""The desk's pages of one thing, to which a POST does one act more: a form each, told by `acte`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest

from enrs.services.rights.commands import RightsError

ASKED = "asked"
"""How both reviews name the question that they put to who opened a record."""

Acts = Mapping[str, tuple[type[forms.Form], Callable[..., object], str]]
"""By name: the form, the command, and what is said once it is done."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The forms as they are to be shown, the act that was asked, and whether it was done."""

    forms: dict[str, forms.Form]
    act: str
    is_done: bool

    @property
    def status(self) -> int:
        """422 when a form has something to say."""
        return 422 if any(one.errors for one in self.forms.values()) else 200


def answer(request: HttpRequest, acts: Acts, **held: Any) -> Answered:
    """Do what a POST asks, by its command on what is held; an unknown act is nothing at this address."""
    shown: dict[str, forms.Form] = {
        name: form(auto_id=f"id_{name}_%s") for name, (form, _, _) in acts.items()
    }
    name = request.POST.get("acte", "")
    if request.method != "POST":
        return Answered(shown, name, is_done=False)
    if name not in acts:
        raise Http404
    form_class, command, done = acts[name]
    form = shown[name] = form_class(request.POST, auto_id=f"id_{name}_%s")
    if form.is_valid():
        try:
            command(**held, **form.cleaned_data)
        except RightsError as error:
            form.add_error(None, str(error))
        else:
            toasts.success(request, done)
            return Answered(shown, name, is_done=True)
    return Answered(shown, name, is_done=False)


def explained(request: HttpRequest, form: forms.Form, explain: Callable[..., object]) -> bool:
    """Whether a POST explained what one opened; else the form says what is wrong with it."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        explain(text=form.cleaned_data["text"])
    except RightsError as error:
        form.add_error(None, str(error))
        return False
    toasts.success(request, "Votre explication est transmise.")
    return True


def question_of(said: Sequence[Any]) -> Any:
    """The last explanation that was asked, of what was said of an opening; None when it had no words."""
    return next((one for one in reversed(said) if one.kind == ASKED and one.text), None)
