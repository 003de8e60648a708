"""The forms of coordination, and the sentences of what its commands refuse."""

from typing import Any

from django import forms
from django.utils import timezone

from enrs.core.workflow.rules import PRIORITIES
from enrs.services.coordination.models import CONTACT_KINDS
from enrs.services.coordination.rules import imports, words

PRIORITY_WORDS = {
    "stat": "Immédiate", "asap": "Dès que possible", "urgent": "Urgente", "routine": "Normale",
}  # fmt: skip
REFUSALS = {
    "answer": "Terminez d’abord le formulaire de demande.",
    "origin": "Dites comment la demande est arrivée.",
    "caller": "Dites qui demande.",
    "need": "Dites ce qui est demandé.",
    "request": "Cette demande ne s’inclut pas.",
    "place": "Choisissez d’abord la structure où vous travaillez.",
    "open": "Votre équipe suit déjà cette personne.",
    "closed": "Cette situation est clôturée.",
    "kind": "Choisissez la sorte de contact.",
    "minutes": "Une durée va de 1 à 720 minutes.",
    "future": "Un contact ne s’inscrit qu’une fois fait.",
    "early": "Ce contact est antérieur à la demande : vérifiez la date.",
    "long": "Ce texte est trop long.",
    "code": "Choisissez le motif de clôture.",
    "note": "Précisez le motif.",
    "team": "Seule l’équipe qui suit la personne inscrit dans sa situation.",
    "opposed": "La personne s’oppose à l’accès de votre structure : la situation ne peut pas s’ouvrir.",
    "not_informed": "Dites quel jour la personne a été informée.",
}
FILES = {
    "large": "Le fichier dépasse 5 Mo : découpez-le.",
    "empty": "Le fichier ne contient pas de ligne.",
    "text": "Ce n’est pas un fichier CSV : exportez-le à nouveau depuis l’ancien outil.",
    "columns": "Le fichier doit avoir de 2 à 120 colonnes, séparées par des points-virgules.",
    "lines": "Le fichier dépasse 2 000 lignes : découpez-le.",
}
IMPORT_REFUSALS = {
    "mapping": "Nommez d’abord les colonnes nécessaires.",
    "informed": "Cochez que les personnes ont été informées, et dites quel jour, passé ou présent.",
    "done": "Cette reprise est terminée.",
}
OUTCOMES = {
    "made": ("sûr", "Reprise"),
    "known": ("neutre", "Déjà reprise"),
    "faults": ("attention", "Ligne à corriger"),
    "outside": ("attention", "Une personne correspond, hors de votre cercle : demandez l’accès, puis recommencez"),
    "several": ("attention", "Plusieurs personnes correspondent : à voir avec la cellule d’identitovigilance"),
    "open": ("neutre", "Votre équipe suit déjà cette personne"),
    "opposed": ("alerte", "La personne s’oppose à l’accès de votre structure"),
    "circle": ("attention", "Le cercle de la personne ne permet pas la reprise"),
    "refused": ("attention", "Ligne refusée : identité incomplète ou droit insuffisant"),
}  # fmt: skip
FAULTS = {
    "empty": "manque", "date": "n’est pas une date", "future": "est dans l’avenir",
    "order": "précède une date qui vient avant", "sex": "n’est pas un sexe", "number": "n’est pas un nombre",
}  # fmt: skip


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class SendForm(forms.Form):
    """Where a filled request goes, and how pressing it is."""

    desk = forms.ChoiceField(label="Équipe de coordination")
    priority = forms.ChoiceField(
        label="Priorité", initial="routine",
        choices=[(one, PRIORITY_WORDS[one]) for one in reversed(PRIORITIES)],
    )  # fmt: skip

    def __init__(self, *args: Any, desks: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["desk"].choices = desks  # type: ignore[attr-defined]


class EnterForm(forms.Form):
    """A request that the desk writes down."""

    origin = forms.ChoiceField(
        label="Arrivée par", choices=[("phone", "Téléphone"), ("mail", "Courrier ou courriel")],
        widget=forms.RadioSelect, initial="phone",
    )  # fmt: skip
    caller = forms.CharField(
        label="Qui demande", max_length=200, help_text="Nom, qualité, et où rappeler."
    )
    need = forms.CharField(label="Ce qui est demandé", widget=_area(5), max_length=5000)
    priority = forms.ChoiceField(
        label="Priorité", initial="routine",
        choices=[(one, PRIORITY_WORDS[one]) for one in reversed(PRIORITIES)],
    )  # fmt: skip


class IncludeForm(forms.Form):
    """What must be known to include somebody."""

    informed_on = forms.DateField(
        label="La personne a été informée le", widget=_day(),
        help_text="Que votre structure rejoint son cercle, et de son droit de s’y opposer.",
    )  # fmt: skip
    note = forms.CharField(
        label="Réponse au demandeur", required=False, widget=_area(4), max_length=5000,
        help_text="Elle lui est transmise avec la décision.",
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)


class ContactForm(forms.Form):
    """One contact."""

    kind = forms.ChoiceField(label="Contact", choices=CONTACT_KINDS)
    at = forms.DateTimeField(
        label="Le",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        initial=timezone.now,
    )
    minutes = forms.IntegerField(label="Durée en minutes", min_value=1, max_value=720, initial=15)
    with_whom = forms.CharField(label="Avec", required=False, max_length=200)
    text = forms.CharField(
        label="Ce qu’il faut retenir", required=False, widget=_area(3), max_length=6000
    )


class CloseForm(forms.Form):
    """Why a case closes."""

    code = forms.ChoiceField(label="Motif", choices=words.CLOSINGS, widget=forms.RadioSelect)
    note = forms.CharField(label="Précisions", required=False, widget=_area(3), max_length=6000)
    version = forms.IntegerField(widget=forms.HiddenInput)


class ReferentForm(forms.Form):
    """To whom a case is given."""

    referent = forms.ChoiceField(label="Nouveau référent")
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["referent"].choices = people  # type: ignore[attr-defined]


class UploadForm(forms.Form):
    """A file of an older tool."""

    tool = forms.ChoiceField(label="Ancien outil", choices=imports.TOOLS)
    file = forms.FileField(
        label="Fichier CSV", help_text="Une ligne par situation, 2 000 au plus, 5 Mo au plus."
    )


class MappingForm(forms.Form):
    """Which column is what."""

    def __init__(self, *args: Any, headings: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Aucune"), *((str(rank), one) for rank, one in enumerate(headings))]
        for name, label, needed in imports.FIELDS:
            self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=needed)

    @property
    def mapping(self) -> dict[str, int]:
        """The columns chosen, by field."""
        return {name: int(rank) for name, rank in self.cleaned_data.items() if rank}


class InformedForm(forms.Form):
    """What must be known before the people of a file join their circles."""

    is_informed = forms.BooleanField(
        label="Les personnes ont été informées",
        help_text="Que votre structure rejoint leur cercle, et de leur droit de s’y opposer. Une situation close "
        "ne l’y fait pas entrer.",
    )
    informed_on = forms.DateField(label="Au plus tard le", widget=_day())
