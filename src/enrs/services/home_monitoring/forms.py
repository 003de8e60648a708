"""The forms of a follow-up, and the sentences of what its commands refuse."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from enrs.core.subjects.measures import MeasureRefusedError, known_measures
from enrs.services.home_monitoring.commands import Beginning, Entered
from enrs.services.home_monitoring.models import ENTRY_MEANS
from enrs.services.home_monitoring.rules.protocols import Content
from enrs.services.home_monitoring.rules.words import ENDINGS

REFUSALS = {
    "protocol": "Ce protocole n’est plus en service : choisissez-en un autre.",
    "watcher": "Choisissez qui veille dans la liste.",
    "means": "Dites qui fait les relevés.",
    "phone": "Donnez le numéro auquel appeler la personne.",
    "open": "Cette personne est déjà suivie sous ce protocole.",
    "ended": "Cette surveillance est terminée.",
    "reason": "Dites pourquoi vous passez la main.",
    "text": "Écrivez quelques mots.",
    "code": "Choisissez dans la liste.",
    "note": "Précisez le motif.",
    "answered": "Quelqu’un a déjà pris cette alerte : relisez la page.",
    "missing": "Il manque une mesure que le protocole demande.",
    "unknown": "Le protocole ne demande pas cette mesure : rechargez la page.",
    "future": "Un relevé ne se note qu’une fois fait.",
    "early": "Ce relevé est antérieur au début de la surveillance : vérifiez la date.",
    "long": "Ce texte est trop long.",
    "unseen": "Une alerte sans réponse n’était pas dans cette page, ou a changé : lisez-la ci-dessous, puis terminez.",
    "opposed": "La personne s’oppose à l’accès de cette structure : choisissez qui veille parmi les autres.",
    "not_informed": "Dites quel jour la personne a été informée.",
    "place": "Cette structure n’est pas dans l’annuaire.",
    "kind": "Dites de quelle sorte d’équipe il s’agit.",
    "hours": "Dites les heures pendant lesquelles l’équipe veille.",
    "draft": "Une version de ce protocole est déjà en cours d’écriture : ouvrez-la.",
    "published": "Cette version est en service, elle ne se modifie plus : préparez la suivante.",
    "retired": "Ce protocole est déjà retiré.",
}
MEASURE_REFUSALS = {
    "missing": "Donnez cette valeur.",
    "number": "Écrivez un nombre, par exemple 96 ou 37,5.",
    "range": "Cette valeur n’est pas possible : vérifiez-la, puis l’unité.",
    "second": "Donnez les deux valeurs de la tension.",
    "future": "Un relevé ne se note qu’une fois fait.",
}
YES_NO = (("non", "Non"), ("oui", "Oui"))


def area(rows: int = 3) -> forms.Textarea:
    """A text of several lines."""
    return forms.Textarea(attrs={"rows": rows})


def day() -> forms.DateInput:
    """A day."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class StartForm(forms.Form):
    """What is told when a follow-up begins."""

    protocol = forms.ChoiceField(label="Protocole")
    entry_means = forms.ChoiceField(
        label="Qui fait les relevés",
        choices=ENTRY_MEANS,
        widget=forms.RadioSelect,
        initial="person",
    )
    watcher = forms.ChoiceField(
        label="Qui veille",
        help_text="La structure choisie rejoint le cercle de la personne.",
    )
    phone = forms.CharField(
        label="Téléphone où appeler", max_length=40, required=False,
        help_text="Celui de la personne, ou de qui est auprès d’elle.",
    )  # fmt: skip
    residence = forms.CharField(
        label="Lieu de vie, s’il n’est pas le domicile", max_length=200, required=False,
        help_text="Établissement, hébergement, chambre : ce qu’il faut savoir pour la trouver.",
    )  # fmt: skip
    reason = forms.CharField(
        label="Pourquoi, et ce qu’il faut savoir", widget=area(), max_length=4000, required=False
    )
    informed_on = forms.DateField(
        label="La personne a été informée le", widget=day(), initial=timezone.localdate,
        help_text="De la surveillance, de qui veille, et de son droit de s’y opposer.",
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        protocols: Sequence[tuple[str, str]],
        watchers: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["protocol"].choices = protocols  # type: ignore[attr-defined]
        self.fields["watcher"].choices = watchers  # type: ignore[attr-defined]

    @property
    def beginning(self) -> Beginning:
        """What was told, as the command takes it."""
        names = ("entry_means", "phone", "residence", "reason")
        return Beginning(**{name: self.cleaned_data[name] for name in names})


class ReadingForm(forms.Form):
    """A reading: the measures and the questions of one protocol."""

    def __init__(self, *args: Any, content: Content, is_person: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.content, known = content, known_measures()
        for asked in content.measures:
            one = known[asked.kind]
            self.fields[f"m_{one.key}"] = _figure(
                f"{one.label}{' (maximale)' if one.has_second else ''} ({one.unit})",
                is_required=asked.is_required,
            )
            if one.has_second:
                self.fields[f"n_{one.key}"] = _figure(
                    f"{one.label} (minimale) ({one.unit})", is_required=asked.is_required
                )
        for question in content.questions:
            self.fields[f"q_{question.code}"] = forms.ChoiceField(
                label=question.text, choices=YES_NO, widget=forms.RadioSelect
            )
        self.fields["note"] = forms.CharField(
            label="Quelque chose à dire", widget=area(2), max_length=2000, required=False
        )
        if not is_person:
            self.fields["by_call"] = forms.ChoiceField(
                label="Comment", choices=[("", "Auprès de la personne"), ("1", "Par téléphone")],
                widget=forms.RadioSelect, required=False,
            )  # fmt: skip
            self.fields["at"] = forms.DateTimeField(
                label="Relevé fait le", initial=_now,
                widget=forms.DateTimeInput(
                    attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
                ),
            )  # fmt: skip

    @property
    def measure_names(self) -> str:
        """The fields of the measures."""
        return " ".join(name for name in self.fields if name[:2] in ("m_", "n_"))

    @property
    def question_names(self) -> str:
        """The fields of the questions."""
        return " ".join(name for name in self.fields if name.startswith("q_"))

    @property
    def other_names(self) -> str:
        """What is left."""
        return " ".join(name for name in ("by_call", "at", "note") if name in self.fields)

    @property
    def entered(self) -> Entered:
        """What was entered, as the command takes it."""
        data = self.cleaned_data
        values = {
            one.kind: (data[f"m_{one.kind}"], data.get(f"n_{one.kind}") or "")
            for one in self.content.measures
        }
        yes = [one.code for one in self.content.questions if data[f"q_{one.code}"] == "oui"]
        return Entered(values, yes, data["note"], data.get("at"), bool(data.get("by_call")))

    def refuse_measure(self, error: MeasureRefusedError) -> None:
        """Say beside its field what is wrong with a measure."""
        name = f"{'n' if error.field == 'second' else 'm'}_{error.kind}"
        sentence = MEASURE_REFUSALS.get(error.code, "Vérifiez cette valeur.")
        self.add_error(name if name in self.fields else None, sentence)


def _figure(label: str, *, is_required: bool) -> forms.CharField:
    """A number as people write it, with the keyboard of figures on a phone."""
    return forms.CharField(
        label=label, max_length=12, required=is_required,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip


def _now() -> datetime:
    return timezone.localtime()


class NoteForm(forms.Form):
    """A note of the follow-up."""

    text = forms.CharField(label="Note", widget=area(), max_length=4000)


class HandOverForm(forms.Form):
    """To whom a follow-up goes, and why."""

    watcher = forms.ChoiceField(label="Qui veille désormais")
    reason = forms.CharField(
        label="Pourquoi, et ce qu’il faut savoir", widget=area(4), max_length=4000
    )
    informed_on = forms.DateField(
        label="La personne a été informée le", widget=day(), initial=timezone.localdate
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, watchers: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["watcher"].choices = watchers  # type: ignore[attr-defined]


class EndForm(forms.Form):
    """Why a follow-up ends."""

    code = forms.ChoiceField(label="Motif", choices=list(ENDINGS.items()), widget=forms.RadioSelect)
    note = forms.CharField(
        label="Pour le médecin traitant", widget=area(4), max_length=4000, required=False,
        help_text="Repris dans la lettre de fin de surveillance.",
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)


class TeamForm(forms.Form):
    """A team that watches for others."""

    place = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="Sorte", choices=[("territorial", "Équipe territoriale"), ("cell", "Cellule régionale de soutien")]
    )  # fmt: skip
    hours = forms.CharField(
        label="Veille", max_length=120, help_text="Par exemple : tous les jours, de 8 h à 22 h."
    )
    phone = forms.CharField(label="Téléphone", max_length=40, required=False)
