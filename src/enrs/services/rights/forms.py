"""Forms of the desk of rights."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from enrs.services.rights.rules import glasses as rules
from enrs.services.rights.rules import requests, retention

ANSWERS = [
    ("justified", "Justifié"),
    ("unjustified", "Non justifié"),
    ("asked", "Demander une explication"),
]


class ReviewForm(forms.Form):
    """What the reviewer answers."""

    answer = forms.ChoiceField(label="Votre réponse", choices=ANSWERS, widget=forms.RadioSelect)
    text = forms.CharField(
        label="Commentaire",
        min_length=rules.TEXT_LENGTH,
        max_length=2000,
        help_text="Au moins dix caractères. Le professionnel le lira ; la personne concernée aussi, si l’accès "
        "est jugé non justifié. N’écrivez rien sur la santé de la personne.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ExplanationForm(forms.Form):
    """What the opener answers; a subclass says in `help_text` what its readers may be told."""

    help_text = (
        "Ce qui rendait l’accès nécessaire à ce moment. N’écrivez rien de plus que nécessaire sur la "
        "santé de la personne."
    )
    text = forms.CharField(
        label="Votre explication",
        min_length=rules.TEXT_LENGTH,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = self.help_text


class MarkForm(forms.Form):
    """What the referent says of a line of accesses."""

    mark = forms.ChoiceField(
        label="Votre avis",
        choices=[("seen", "Vu, rien à dire"), ("asked", "À expliquer")],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="Un mot",
        required=False,
        max_length=2000,
        help_text="Obligatoire pour demander une explication : le professionnel le lira, et le délégué à la "
        "protection des données aussi. N’écrivez rien sur la santé de la personne.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ExplainLineForm(ExplanationForm):
    """What the opener answers about their own accesses; the referent of their place reads it too."""

    help_text = "Ce qui vous amenait dans ce dossier, sans rien dire de la santé de la personne."


class CloseLineForm(forms.Form):
    """The last word on what was asked."""

    text = forms.CharField(
        label="Un mot pour le professionnel",
        required=False,
        max_length=2000,
        help_text="Facultatif. Il le lira.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


KINDS = [(name, one.label) for name, one in requests.RIGHTS.items()]
OWN_KINDS = [one for one in KINDS if one[0] != requests.HEIR]
IDENTITIES = [
    ("seen", "Pièce d’identité vue"),
    ("copy", "Copie d’une pièce d’identité"),
    ("known", "Personne connue du service"),
]
OLD = "Ces informations datent de plus de cinq ans"


class AskForm(forms.Form):
    """What a person asks about their data."""

    patient = forms.ChoiceField(label="Pour qui")
    kind = forms.ChoiceField(
        label="Que demandez-vous ?", choices=OWN_KINDS, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label="Précisez",
        min_length=10,
        max_length=4000,
        help_text="De quelles données s’agit-il, et ce que vous attendez.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    is_old = forms.BooleanField(label=OLD, required=False)
    address = forms.CharField(
        label="Adresse postale pour la réponse",
        required=False,
        max_length=400,
        help_text="Laissez vide pour la lire ici.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, people: Sequence[tuple[UUID, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["patient"].choices = [(str(one), name) for one, name in people]  # type: ignore[attr-defined]


class RegisterForm(forms.Form):
    """A request that came by letter, by mail or in person."""

    origin = forms.ChoiceField(
        label="Arrivée par",
        choices=[("letter", "Courrier"), ("mail", "Courriel"), ("in_person", "Sur place")],
    )
    received_on = forms.DateField(
        label="Reçue le", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    person_name = forms.CharField(label="Personne concernée", max_length=300)
    asker_name = forms.CharField(
        label="Qui demande",
        max_length=200,
        required=False,
        help_text="Vide s’il s’agit de la personne elle-même.",
    )
    asker_quality = forms.CharField(
        label="À quel titre",
        max_length=100,
        required=False,
        help_text="Par exemple : tuteur, titulaire de l’autorité parentale, ayant droit.",
    )
    address = forms.CharField(
        label="Adresse de réponse", max_length=400, widget=forms.Textarea(attrs={"rows": 3})
    )
    identity = forms.ChoiceField(
        label="Identité vérifiée par", choices=[*IDENTITIES, ("none", "Pas encore vérifiée")]
    )
    kind = forms.ChoiceField(label="Droit exercé", choices=KINDS)
    heir_quality = forms.ChoiceField(
        label="Personne décédée : qui demande",
        required=False,
        choices=[("", "Sans objet"), *requests.HEIRS.items()],
        help_text="Vérifiez la qualité : acte de notoriété, livret de famille, PACS, preuve de vie commune.",
    )
    motive = forms.ChoiceField(
        label="Personne décédée : pour quel motif",
        required=False,
        choices=[("", "Sans objet"), *requests.MOTIVES.items()],
        help_text="Non exigé des parents d’une personne mineure décédée.",
    )
    text = forms.CharField(
        label="Ce qui est demandé",
        min_length=10,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    is_old = forms.BooleanField(label=OLD, required=False)


class IdentityForm(forms.Form):
    """How the identity of who asks was checked."""

    identity = forms.ChoiceField(label="Identité vérifiée par", choices=IDENTITIES)


class _TextForm(forms.Form):
    text = forms.CharField(
        label="Texte",
        min_length=10,
        max_length=4000,
        help_text="La personne le lira tel quel.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class WishForm(forms.Form):
    """Whether the person who died had said no, and where that was looked for."""

    wish = forms.ChoiceField(
        label="Résultat",
        choices=[
            ("none", "Aucune opposition trouvée"),
            ("opposed", "La personne s’y était opposée"),
        ],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="Où l’avez-vous cherché ?",
        min_length=10,
        max_length=2000,
        help_text="Dossier, directives anticipées, personne de confiance, équipe de soins… N’écrivez rien de sa santé.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ExtendForm(_TextForm):
    """Why two months more are needed."""


class AnswerForm(_TextForm):
    """The answer."""


class RestrictForm(_TextForm):
    """The answer that comes with a restriction."""


class LiftForm(_TextForm):
    """Why a restriction ends."""


class RefuseForm(_TextForm):
    """The coded reason of a refusal, and its words."""

    refusal_code = forms.ChoiceField(
        label="Motif", choices=[(code, words) for code, words in requests.REFUSALS.items()]
    )
    field_order = ["refusal_code", "text"]


_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class KeepForm(forms.Form):
    """Why a record is kept longer."""

    hold_code = forms.ChoiceField(
        label="Motif", choices=list(retention.HOLDS.items()), widget=forms.RadioSelect
    )
    hold_text = forms.CharField(
        label="Précisez",
        min_length=10,
        max_length=2000,
        help_text="Qui l’a demandé, la référence du recours… N’écrivez rien sur la santé de la personne.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    hold_from = forms.DateField(
        label="Recours introduit le",
        required=False,
        help_text="Pour un recours seulement : le délai est suspendu depuis ce jour.",
        widget=_DAY,
    )
    hold_until = forms.DateField(
        label="Conserver jusqu’au",
        required=False,
        help_text="Laissez vide s’il n’y a pas de fin connue.",
        widget=_DAY,
    )


class ReleaseForm(forms.Form):
    """When what kept a record back ended."""

    ended_on = forms.DateField(
        label="Le recours a pris fin le",
        required=False,
        help_text="Pour un recours seulement : ses jours s’ajoutent au délai.",
        widget=_DAY,
    )


class ApproveForm(forms.Form):
    """The decision to destroy the records that were ticked."""

    decision = forms.CharField(
        label="Décision",
        min_length=10,
        max_length=2000,
        help_text="Qui a décidé et quand, avec l’avis du médecin responsable de l’information médicale.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    visa = forms.CharField(
        label="Visa des archives",
        required=False,
        max_length=200,
        help_text="Sa référence. Obligatoire pour un établissement public.",
    )
