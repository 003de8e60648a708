"""What one fills in to bring somebody into a circle, to oppose, to ask."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from enrs.core.moments import legal_day
from enrs.referentials.circles.measures import MEASURES, TERM_WORDS, Decided, Measure
from enrs.referentials.circles.models import Means

REFUSALS = {
    "basis": "Ce motif ne convient pas à cette personne.",
    "no_right": "L’annuaire ne donne aucun droit à cette profession : sa place n’ouvrirait rien.",
    "opposed": "La personne s’est opposée à ce partage. Seul son consentement peut le rouvrir.",
    "ground": "Dites à quel titre cette personne est de l’équipe de soins.",
    "not_informed": "La personne doit être informée du partage, et ne pas s’y être opposée.",
    "consent_missing": "Hors de l’équipe de soins, il faut le consentement préalable de la personne : "
    "date, moyen et version de la notice.",
    "consent_withdrawn": "Ce consentement a été retiré.",
    "consent_date": "La date du consentement est à venir.",
    "answered": "Quelqu’un a déjà répondu à cette demande.",
    "reason": "Dites en quelques mots pourquoi (10 lettres au moins).",
    "means": "Dites par quel moyen.",
    "measure": "Cette mesure ne s’y prête pas, ou elle est terminée.",
    "measure_decision": "Écrivez qui a décidé : tribunal, greffe, notaire.",
    "measure_end": "Une mesure de protection a une date de fin : elle est dans la décision.",
    "measure_day": "Écrivez la date de la décision.",
    "measure_future": "La décision porte une date à venir : vérifiez-la.",
    "measure_over": "Cette mesure est terminée : demandez la décision de renouvellement.",
    "measure_term": "Ce genre de décision n’existe pas pour cette mesure.",
    "measure_long": "Cette date dépasse la durée permise par la loi pour cette décision : relisez-la.",
    "measure_ends": "Cette mesure vient d’une décision : elle s’arrête à sa date, ou par un professionnel qui a vu "
    "la nouvelle décision.",
    "present": "Cette personne est déjà dans le cercle, à un autre titre ou jusqu’à une autre date. Le patient la "
    "retire d’abord de son cercle, ou sa mesure est terminée dans « Représentants et aidants » ; puis recommencez.",
    "present_measure": "Cette personne est déjà dans le cercle. Ouvrez « Cercle », puis « Représentants et aidants » : "
    "la décision s’y enregistre, à son nom.",
}
"""The sentence of each refusal of `rules.refusal`, for a person."""

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class JoinForm(forms.Form):
    """On what ground somebody joins: inside the équipe de soins, or by consent."""

    basis = forms.ChoiceField(
        label="À quel titre ?",
        widget=forms.RadioSelect,
        choices=[
            ("care_team", "De l’équipe de soins : participe à la prise en charge"),
            ("consent", "Hors de l’équipe de soins : avec le consentement de la personne"),
        ],
        initial="care_team",
    )
    ground = forms.ChoiceField(
        label="Ce qui la fait entrer dans l’équipe",
        choices=[
            ("recognised", "La personne s’adresse à ce professionnel"),
            ("same_structure", "Exerce dans la même structure"),
            ("coordinated", "Exerce dans une organisation coordonnée avec nous"),
        ],
        required=False,
    )
    is_informed = forms.BooleanField(
        label="La personne est informée du partage et ne s’y oppose pas", required=False
    )
    given_on = forms.DateField(label="Date du consentement", widget=DAY, required=False)
    means = forms.ChoiceField(
        label="Moyen", choices=[("", "Choisir…"), *Means.choices], required=False
    )
    leaflet_version = forms.CharField(
        label="Version de la notice remise",
        max_length=40,
        required=False,
        help_text="Imprimée au pied de la notice d’information.",
    )

    def clean(self) -> dict[str, Any]:
        """What each ground needs, before the command says so."""
        given = super().clean() or {}
        if given.get("basis") == "care_team" and not given.get("is_informed"):
            self.add_error("is_informed", REFUSALS["not_informed"])
        if given.get("basis") == "consent":
            for name in ("given_on", "means", "leaflet_version"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, "À renseigner pour un consentement.")
        return given

    def clean_given_on(self) -> Any:
        """A consent is prior: its day is not to come."""
        given = self.cleaned_data["given_on"]
        if given and given > legal_day(timezone.now()):
            raise ValidationError(REFUSALS["consent_date"])
        return given


class OppositionForm(forms.Form):
    """A person's opposition to sharing with a member of the équipe de soins."""

    informed_on = forms.DateField(label="Information donnée le", widget=DAY)
    means = forms.ChoiceField(label="Opposition exprimée par", choices=Means.choices)
    reason = forms.CharField(label="Motif", max_length=400, required=False)


class OwnOppositionForm(forms.Form):
    """The opposition that the person, or their proxy, writes themselves, here and now."""

    reason = forms.CharField(label="Pourquoi", max_length=400, required=False)

    def clean(self) -> dict[str, Any]:
        """What the screen itself tells: today, by electronic means."""
        values = super().clean() or {}
        return values | {"informed_on": legal_day(timezone.now()), "means": "electronic"}


class RequestForm(forms.Form):
    """Why somebody outside asks to join."""

    reason = forms.CharField(
        label="Pourquoi demandez-vous l’accès ?",
        widget=forms.Textarea(attrs={"rows": 3}),
        min_length=10,
        max_length=2000,
        help_text="Votre rôle auprès de la personne, et ce que vous devez lire ou écrire.",
    )


class AnswerForm(JoinForm):
    """The answer to a request: a ground, and a word for the asker."""

    answer = forms.CharField(
        label="Un mot pour la personne qui demande",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        required=False,
    )


def longest_words(kind: str) -> str:
    """For how long a measure may be entered, by kind of decision, in words."""
    words = [
        f"{TERM_WORDS[term].lower()} : {years} an{'s' * (years > 1)}"
        for term, years in MEASURES[kind].longest.items()
    ]
    return "Durée la plus longue, depuis la décision : " + " ; ".join(words) + "."


class DecisionForm(forms.Form):
    """What the decision of a measure of protection says: by whom, when, until when."""

    authority = forms.CharField(
        label="Décision de",
        max_length=200,
        help_text="Tribunal judiciaire et ville, ou greffe qui a visé le mandat.",
    )
    decided_on = forms.DateField(label="Date de la décision", widget=DAY)
    term = forms.ChoiceField(label="Genre de décision", choices=list(TERM_WORDS.items()))
    ends_on = forms.DateField(
        label="Fin de la mesure",
        widget=DAY,
        help_text="Inscrite dans la décision. L’accès s’arrête ce jour-là au soir.",
    )

    def __init__(
        self, *args: Any, kind: str, choices: Collection[Measure] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if choices:
            self.fields["kind"] = forms.ChoiceField(
                label="Mesure",
                choices=[(one.code, one.label) for one in choices],
                initial=kind,
                help_text="Celle que la décision prononce : l’accès sera celui qu’elle donne.",
            )
            return
        term: Any = self.fields["term"]
        term.choices = [(one, TERM_WORDS[one]) for one in MEASURES[kind].longest]
        term.help_text = longest_words(kind)

    def decided(self) -> Decided:
        """What the command takes."""
        given = self.cleaned_data
        return Decided(
            **{name: given[name] for name in ("authority", "decided_on", "ends_on", "term")}
        )


class RecordForm(forms.Form):
    """The record on which a change of the matrix is tried."""

    ins = forms.CharField(
        label="Matricule INS du dossier",
        max_length=30,
        help_text="15 chiffres.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "figures"}),
    )

    def clean_ins(self) -> str:
        """Without its spaces."""
        return str(self.cleaned_data["ins"]).replace(" ", "").upper()
