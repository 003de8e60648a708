"""Forms of the conversations."""

from collections.abc import Sequence
from typing import Any

from django import forms

from enrs.core.threads import rules
from enrs.core.threads.models import Thread

REFUSALS = {
    "empty": "Le message est vide : écrivez au moins un mot.",
    "long": "Le message est trop long : 10 000 caractères au plus.",
    "characters": "Ce texte contient des caractères qui ne s’affichent pas : retapez-le.",
    "files": "Cinq fichiers au plus par message.",
    "file_empty": "Ce fichier est vide.",
    "file_size": "Ce fichier est trop gros : 10 Mo au plus.",
    "file_kind": "Ce fichier ne peut pas être joint : PDF, image PNG ou JPEG, ou texte.",
    "closed": "La conversation est close : rouvrez-la pour y écrire.",
    "withdrawn": "Ce message a été retiré.",
    "member": "Une de ces personnes n’a pas accès au dossier : elle ne peut pas être invitée.",
    "members": "Cinquante membres au plus.",
    "audience": "Choisissez qui lira la conversation.",
}


class PeopleForm(forms.Form):
    """Whom to bring in."""

    members = forms.MultipleChoiceField(
        label="Avec qui", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, people: Sequence[rules.Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.id): one for one in people}
        choices = [(key, one.display) for key, one in self.people.items()]
        self.fields["members"].choices = choices  # type: ignore[attr-defined]

    @property
    def chosen(self) -> list[rules.Person]:
        """The people chosen among those who were offered."""
        return [self.people[key] for key in self.cleaned_data["members"]]


class StartForm(PeopleForm):
    """A new conversation and its first message."""

    title = forms.CharField(label="Sujet", max_length=200)
    audience = forms.ChoiceField(label="Qui pourra lire", choices=Thread.Audience.choices)
    text = forms.CharField(
        label="Message", widget=forms.Textarea(attrs={"rows": 5}), max_length=rules.MAX_TEXT
    )

    field_order = ["title", "members", "audience", "text"]

    def __init__(self, *args: Any, has_patient: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_patient:
            del self.fields["audience"]
            self.fields["members"].required = True
