"""The forms of a return, and the sentences of what its commands refuse."""

from typing import Any

from django import forms
from django.utils import timezone

from enrs.services.home_support.commands import Facts, Line
from enrs.services.home_support.models import HomeReturn
from enrs.services.home_support.rules import words

REFUSALS = {
    "agreed": "La personne, ou qui la représente, doit être d’accord : dites-le en cochant la case.",
    "leaving": "Vérifiez la date de sortie : elle est trop loin, ou trop ancienne.",
    "address": "Donnez l’adresse et la commune où la personne rentre.",
    "long": "Ce texte est trop long.",
    "open": "Un retour à domicile est déjà ouvert pour cette personne : complétez celui-là.",
    "ended": "Ce retour à domicile est terminé : rien n’y change plus.",
    "home": "La personne est déjà rentrée : la date de sortie ne change plus.",
    "early": "La sortie est prévue plus tard : corrigez d’abord sa date, puis dites que la personne est rentrée.",
    "past": "Ce passage unique est déjà passé : donnez un jour à venir.",
    "code": "Choisissez dans la liste.",
    "need": "Dites en quelques mots ce qui doit continuer.",
    "coordination": "Aucune structure de coordination ne reçoit de demandes ici.",
    "kind": "Choisissez l’aide et qui est recherché dans les listes.",
    "days": "Cochez au moins un jour, ou donnez la seule date du passage.",
    "minutes": "Donnez une durée entre 5 minutes et 24 heures.",
    "many": "La semaine a déjà 40 passages : retirez-en avant d’en ajouter.",
    "answer": "Ce formulaire n’est pas terminé, ou n’est pas celui de cette personne.",
    "visit": "Choisissez des passages de cette semaine.",
    "agency": "Choisissez entre une et huit structures ouvertes de l’annuaire.",
    "opposed": "La personne s’oppose à cette structure : choisissez-en une autre.",
    "asked": "Ces passages sont déjà demandés à cette structure, qui n’a pas encore répondu.",
    "free": "Cette structure ne tient plus ces passages : relisez la page.",
    "ask": "Cette demande n’est pas de ce retour : relisez la page.",
    "slots": "Cochez au moins un jour parmi les passages demandés.",
    "from": "Donnez le jour à partir duquel vous pouvez venir, dans les six mois.",
    "once": "Un passage à faire une seule fois a lieu avant ce jour : décochez-le, ou donnez un jour plus tôt.",
    "same": "Donnez un autre jour, ou écrivez un mot : rien n’a changé.",
    "not_home": "La personne n’est pas dite rentrée : relisez la page.",
    "taken": "Une autre structure vient de prendre un de ces passages : relisez ce qui reste, puis répondez.",
    "day": "Choisissez un jour entre la sortie et aujourd’hui.",
}
WEEKDAYS = tuple(enumerate(words.WEEKDAYS))
LINKS = (
    ("", "Choisir…"), ("Conjoint", "Conjoint"), ("Enfant", "Enfant"), ("Parent", "Parent"),
    ("Frère ou sœur", "Frère ou sœur"),
    ("Voisin ou ami", "Voisin ou ami"), ("Tuteur ou curateur", "Tuteur ou curateur"), ("Autre", "Autre"),
)  # fmt: skip


def area(rows: int = 3) -> forms.Textarea:
    """A text of several lines."""
    return forms.Textarea(attrs={"rows": rows})


def day() -> forms.DateInput:
    """A day."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class FactsForm(forms.Form):
    """When the person leaves, to which home, whom to call, how to come in."""

    leaving_at = forms.DateTimeField(
        label="Sortie prévue",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="La date et l’heure de l’arrivée chez elle, même approchées : elles se corrigent.",
    )
    unit = forms.CharField(label="Service, chambre", max_length=120, required=False)
    address = forms.CharField(
        label="Adresse où elle rentre", max_length=300,
        help_text="Celle de l’identité, à corriger si elle va ailleurs (chez un proche).",
    )  # fmt: skip
    postal_code = forms.CharField(label="Code postal", max_length=10, required=False)
    city = forms.CharField(label="Commune", max_length=100)
    phone = forms.CharField(label="Téléphone au domicile", max_length=40, required=False)
    contact_name = forms.CharField(
        label="Personne à contacter", max_length=200, required=False,
        help_text="Qui sera là, ou qui l’on appelle si quelque chose manque.",
    )  # fmt: skip
    contact_link = forms.ChoiceField(label="Son lien", choices=LINKS, required=False)
    contact_phone = forms.CharField(label="Son téléphone", max_length=40, required=False)
    access_notes = forms.CharField(
        label="Entrer chez elle", widget=area(2), max_length=2000, required=False,
        help_text="Clés, code, étage, chien. Lu par les structures qui viennent, une fois qu’elles ont accepté.",
    )  # fmt: skip

    @property
    def facts(self) -> Facts:
        """What the command takes."""
        given = self.cleaned_data
        return Facts(**{name: given[name] for name in Facts.__dataclass_fields__})


class OpenForm(FactsForm):
    """What opens a return."""

    is_agreed = forms.BooleanField(
        label="La personne, ou qui la représente, accepte que ses besoins soient envoyés à des structures d’aide",
        required=False,
    )


class ChangeForm(FactsForm):
    """What is corrected, on the version that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


def facts_of(found: HomeReturn) -> dict[str, Any]:
    """What the form shows of a return."""
    values: dict[str, Any] = {name: getattr(found, name) for name in Facts.__dataclass_fields__}
    return values | {"leaving_at": timezone.localtime(found.leaving_at), "version": found.version}


class VisitForm(forms.Form):
    """One line of the week."""

    kind = forms.ChoiceField(label="Aide", choices=words.KINDS)
    what = forms.CharField(
        label="Précisions", max_length=300, required=False,
        help_text="Ce que les structures lisent avant de répondre : ni nom, ni diagnostic.",
    )  # fmt: skip
    provider = forms.ChoiceField(label="Qui est recherché", choices=words.PROVIDERS)
    starts = forms.TimeField(
        label="Heure", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    minutes = forms.IntegerField(label="Durée en minutes", min_value=5, max_value=1440, initial=30)
    days = forms.TypedMultipleChoiceField(
        label="Jours", choices=WEEKDAYS, coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple, initial=list(range(7)),
    )  # fmt: skip
    once_on = forms.DateField(
        label="Ou une seule fois, le", widget=day(), required=False,
        help_text="Pour un matériel à installer, une livraison : les jours cochés ne comptent alors pas.",
    )  # fmt: skip

    @property
    def line(self) -> Line:
        """What the command takes."""
        given = self.cleaned_data
        return Line(**(given | {"days": tuple(given["days"])}))


class CloseForm(forms.Form):
    """Why a return ends."""

    code = forms.ChoiceField(label="Pourquoi", choices=(("", "Choisir…"), *words.ENDINGS))
    note = forms.CharField(label="Précisions", widget=area(2), max_length=2000, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class HandOnForm(forms.Form):
    """What the coordination is asked."""

    need = forms.CharField(
        label="Ce qui doit continuer", widget=area(4), max_length=2000,
        help_text="La structure lit le dossier tant qu’elle étudie la demande.",
    )  # fmt: skip


class AcceptForm(forms.Form):
    """« Nous pouvons prendre à partir du… »."""

    from_on = forms.DateField(label="À partir du", widget=day())
    note = forms.CharField(
        label="Un mot pour l’hôpital", max_length=2000, required=False,
        help_text="Par exemple l’heure exacte, ou le nom de qui viendra.",
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class AdjustForm(AcceptForm):
    """Another day, or a word, once something was taken."""


class RefuseForm(forms.Form):
    """Why an agency does not take what it was asked, or gives it back."""

    code = forms.ChoiceField(label="Motif", choices=(("", "Choisir…"), *words.REFUSALS))
    note = forms.CharField(label="Précisions", widget=area(2), max_length=2000, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class QuestionForm(forms.Form):
    """What an agency must know first."""

    text = forms.CharField(
        label="Ce qu’il vous faut savoir", widget=area(2), max_length=2000, min_length=3
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class ReportForm(forms.Form):
    """What happened at home on a day."""

    visit = forms.UUIDField()
    day = forms.DateField(widget=day())
    note = forms.CharField(max_length=2000, required=False)
