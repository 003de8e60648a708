"""The forms of answers to a plan: of an actor, of the person, of who writes them down; of its validation."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from enrs.core.plans import rules
from enrs.core.plans.kinds import Decider
from enrs.core.plans.queries import Asked

WORDS_OF_ANSWERS = dict(rules.ANSWERS)


def _area(rows: int = 2) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _with_expected(cleaned: dict[str, Any]) -> dict[str, Any]:
    """The values of a form; what its page showed is what the command must still find."""
    return {
        f"expected_{name}" if name in ("edition", "print") else name: value
        for name, value in cleaned.items()
    }


class AgreementForm(forms.Form):
    """What somebody answered to the plan, as a professional writes it down."""

    answer = forms.ChoiceField(label="Réponse", choices=rules.ANSWERS, widget=forms.RadioSelect)
    party = forms.ChoiceField(label="Qui répond", choices=rules.PARTIES, initial="actor")
    who = forms.ChoiceField(label="Quel intervenant", required=False)
    label = forms.CharField(
        label="Ou son nom", max_length=200, required=False,
        help_text="Pour la personne, un représentant, ou quelqu’un que le plan ne nomme pas.",
    )  # fmt: skip
    means = forms.ChoiceField(label="Comment", choices=rules.MEANS[:2], initial="oral")
    remark = forms.CharField(
        label="Remarque, réserve ou changement proposé",
        required=False,
        max_length=500,
        widget=_area(),
    )
    edition = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, asked: Sequence[Asked] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = {one.key: one for one in asked}
        choices = [
            ("", "Aucun de ceux que le plan nomme"),
            *((one.key, one.label) for one in asked),
        ]
        self.fields["who"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One name and no more: the answer would else be written in the name of whoever was not meant."""
        values = super().clean() or {}
        label = str(values.get("label") or "").strip()
        if values.get("who") and (label or values.get("party") != "actor"):
            self.add_error(
                "who", "Choisissez un intervenant du plan, ou écrivez un nom : pas les deux."
            )
        return values

    @property
    def values(self) -> dict[str, Any]:
        """What the command takes."""
        values = _with_expected(self.cleaned_data)
        chosen = self.asked.get(values.pop("who", ""))
        if chosen is None or values["party"] != "actor":
            return values
        key = chosen.key.partition(":")[2] if chosen.is_of_circle else ""
        return values | {"label": chosen.label, "party_id": UUID(key) if key else None}


class OwnAgreementForm(forms.Form):
    """What the person, or their proxy, answers for themselves."""

    answer = forms.ChoiceField(
        label="Réponse", widget=forms.RadioSelect,
        choices=[one for one in rules.ANSWERS if one[0] in rules.PARTY_ANSWERS["person"]],
    )  # fmt: skip
    remark = forms.CharField(
        label="Remarque ou réserve", required=False, max_length=500, widget=_area()
    )
    edition = forms.IntegerField(widget=forms.HiddenInput)

    @property
    def values(self) -> dict[str, Any]:
        """What the command takes."""
        return _with_expected(self.cleaned_data)


class PartForm(forms.Form):
    """What an actor answers to their part."""

    answer = forms.ChoiceField(
        label="Votre réponse", widget=forms.RadioSelect,
        choices=[
            ("agreed", "D’accord, je m’en charge"), ("reserved", "D’accord, avec une réserve"),
            ("proposed", "Je propose un changement"), ("refused", "Je décline"),
        ],
    )  # fmt: skip
    remark = forms.CharField(
        label="En quelques mots", required=False, max_length=500, widget=_area(),
        help_text="Nécessaire pour proposer un changement ou décliner : le référent en est averti.",
    )  # fmt: skip
    print = forms.CharField(widget=forms.HiddenInput, max_length=64)

    @property
    def values(self) -> dict[str, Any]:
        """What the command takes."""
        return _with_expected(self.cleaned_data)


class DoneForm(forms.Form):
    """What came of one action, as its actor says it."""

    status = forms.ChoiceField(label="Cette action est", choices=rules.ACTION_STATUSES)
    evaluation = forms.CharField(
        label="Ce qu’il en est", required=False, max_length=2000, widget=_area()
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class SignForm(forms.Form):
    """The signature of the person, or of who decides for them, as a professional collects it."""

    signer = forms.ChoiceField(label="Qui répond", widget=forms.RadioSelect)
    answer = forms.ChoiceField(
        label="Réponse", widget=forms.RadioSelect, initial="agreed",
        choices=[("agreed", "Accepte ce plan"), ("reserved", "L’accepte avec des réserves"), ("refused", "Le refuse")],
    )  # fmt: skip
    means = forms.ChoiceField(
        label="Comment", widget=forms.RadioSelect, initial="screen",
        choices=[
            ("screen", "Signe ici, à l’écran"), ("signed", "A signé la copie papier"), ("oral", "Le dit de vive voix"),
        ],
    )  # fmt: skip
    signed_name = forms.CharField(
        label="Nom de qui signe, tel qu’il l’écrit", required=False, max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    has_read = forms.BooleanField(
        label="La personne a lu ce plan, ou on le lui a lu, et elle a pu poser ses questions",
        required=False,
    )
    paper_edition = forms.IntegerField(
        label="Sur papier : le numéro d’édition au bas de la feuille", required=False, min_value=1,
        help_text="« Édition n° … » : si le plan a changé depuis l’impression, la signature vaut pour la feuille.",
    )  # fmt: skip
    signed_on = forms.DateField(
        label="Le", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    remark = forms.CharField(
        label="Réserve, raison du refus, ou ce que la personne en dit", required=False, max_length=500, widget=_area(),
    )  # fmt: skip
    edition = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, deciders: Sequence[Decider] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["signer"].choices = [(one.key, one.label) for one in deciders]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A sheet says by its number what was signed."""
        values = super().clean() or {}
        if values.get("means") == "signed" and not values.get("paper_edition"):
            self.add_error(
                "paper_edition", "Recopiez le numéro d’édition écrit au bas de la feuille."
            )
        return values


class OwnSignForm(forms.Form):
    """The signature that somebody gives from their own account."""

    answer = forms.ChoiceField(
        label="Votre réponse", widget=forms.RadioSelect,
        choices=[
            ("agreed", "J’accepte ce plan"), ("reserved", "Je l’accepte avec des réserves"),
            ("refused", "Je le refuse"),
        ],
    )  # fmt: skip
    signed_name = forms.CharField(
        label="Votre nom, tel que vous signez", required=False, max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    has_read = forms.BooleanField(
        label="J’ai lu ce plan et j’ai pu poser mes questions", required=False
    )
    remark = forms.CharField(
        label="Ce que vous voulez dire à l’équipe", required=False, max_length=500, widget=_area()
    )
    edition = forms.IntegerField(widget=forms.HiddenInput)
