"""The form that opens an exploitation session."""

from django import forms

from enrs.core.access.rules.operating import DURATIONS, MIN_REASON, MOST_REASON, MOST_TICKET

SHORT = "Écrivez pourquoi, en dix caractères au moins : vos collègues et le contrôle le liront."
REFUSALS = {
    "reason": SHORT,
    "duration": "Choisissez une des durées proposées.",
    "running": "Une session est déjà ouverte à votre nom. Elle ne se prolonge pas : terminez-la d’abord.",
    "ended": "Cette session est déjà terminée.",
}


def duration_words(minutes: int) -> str:
    """« 30 minutes », « 1 heure », « 4 heures »."""
    if minutes < 60:
        return f"{minutes} minutes"
    return f"{minutes // 60} heure{'s' if minutes >= 120 else ''}"


class SessionForm(forms.Form):
    """Why, for which ticket, for how long."""

    reason = forms.CharField(
        label="Motif",
        min_length=MIN_REASON,
        max_length=MOST_REASON,
        error_messages={"required": SHORT, "min_length": SHORT},
        help_text="Ce que vous allez faire, et pourquoi maintenant. N’y nommez pas de patient.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    ticket = forms.CharField(
        label="Référence du ticket",
        max_length=MOST_TICKET,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    minutes = forms.TypedChoiceField(
        label="Durée",
        choices=[(one, duration_words(one)) for one in DURATIONS],
        coerce=int,
        initial=DURATIONS[0],
        error_messages={
            "invalid_choice": REFUSALS["duration"],
            "required": REFUSALS["duration"],
        },
        help_text="La plus courte qui suffit : la session s’arrête d’elle-même, et ne se prolonge pas.",
        widget=forms.RadioSelect,
    )
