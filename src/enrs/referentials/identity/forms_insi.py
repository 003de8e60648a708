"""Forms of the acts on one identity, of the questions to the national service, of the scanner."""

from typing import Any

from django import forms

from enrs.core.moments import check_partial_date
from enrs.formats.datamatrix_ins import DatamatrixError, InsCode, read
from enrs.formats.ins import check_ins
from enrs.referentials.identity import rules

SCAN_ERRORS = {
    "kind": "Ce code n’est pas un Datamatrix INS : lisez celui qui porte la mention « INS à scanner ».",
    "version": "Ce Datamatrix est d’une version que nous ne savons pas lire : saisissez les traits.",
    "header": "L’en-tête de ce Datamatrix n’est pas lisible : lisez-le de nouveau, ou saisissez les traits.",
    "block": "Ce Datamatrix contient une partie inconnue : rien n’a été repris. Saisissez les traits.",
    "twice": "Ce Datamatrix répète une donnée : rien n’a été repris. Saisissez les traits.",
    "length": "La douchette a perdu les séparateurs du code : faites-lui envoyer le caractère GS (ASCII 29).",
    "missing": "Il manque un trait dans ce Datamatrix : saisissez les traits.",
    "ins": "Le matricule de ce Datamatrix ne passe pas le contrôle : saisissez les traits.",
    "date": "La date de naissance de ce Datamatrix n’existe pas : saisissez les traits.",
    "sex": "Le sexe de ce Datamatrix n’est ni M ni F : saisissez les traits.",
    "name": "Un nom de ce Datamatrix a des caractères inattendus : saisissez les traits.",
}


class ActForm(forms.Form):
    """What every act carries: the version that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class ReasonForm(ActForm):
    """An act with its reason."""

    reason = forms.CharField(
        label="Motif",
        min_length=5,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Il reste au journal du dossier : pièce vue, appel passé.",
        error_messages={"required": "Dites en quelques mots pourquoi."},
    )


class ProofForm(ActForm):
    """A document that was seen."""

    proof = forms.ChoiceField(
        label="Document contrôlé",
        choices=[("", "Choisir"), *((one.code, one.label) for one in rules.PROOFS.values())],
        error_messages={"required": "Choisissez le document que vous avez en main."},
        help_text="L’original, en cours de validité. Une copie, un permis de conduire ou une carte Vitale seule ne "
        "prouvent pas l’identité.",
    )
    parent_seen = forms.BooleanField(
        label="Personne mineure : j’ai aussi vu la pièce d’identité d’un parent", required=False
    )
    is_same = forms.BooleanField(
        label="Les traits affichés sont exactement ceux du document",
        error_messages={
            "required": "Comparez les traits au document ; s’ils diffèrent, corrigez d’abord."
        },
    )


class MarkForm(ReasonForm):
    """An attribute, and why."""

    attribute = forms.ChoiceField(
        label="Cette identité est",
        widget=forms.RadioSelect,
        choices=[
            ("doubtful", "douteuse : ce n’est peut-être pas cette personne"),
            ("fictive", "fictive : imaginaire, ou cachée pour protéger la personne"),
            ("homonym", "homonyme : une autre personne lui ressemble"),
        ],
        error_messages={"required": "Choisissez ce qu’elle est."},
    )
    field_order = ("attribute", "reason", "version")


class CorrectForm(ReasonForm):
    """The traits of an identity typed here."""

    birth_name = forms.CharField(label="Nom de naissance", max_length=100)
    first_given_name = forms.CharField(label="Premier prénom", max_length=100)
    given_names = forms.CharField(
        label="Tous les prénoms",
        required=False,
        max_length=200,
        help_text="Dans l’ordre de l’état civil.",
    )
    birth_date = forms.CharField(
        label="Date de naissance", max_length=10, validators=[check_partial_date],
        help_text="Année-mois-jour ; l’année seule si l’on n’en sait pas plus.",
    )  # fmt: skip
    sex = forms.ChoiceField(
        label="Sexe", choices=[("F", "Femme"), ("M", "Homme"), ("U", "Inconnu")]
    )
    birth_place_code = forms.CharField(
        label="Code de la commune de naissance", required=False, max_length=5,
        help_text="Code officiel géographique, 5 caractères (99… pour l’étranger).",
    )  # fmt: skip
    used_name = forms.CharField(label="Nom utilisé", required=False, max_length=100)
    used_given_name = forms.CharField(label="Prénom utilisé", required=False, max_length=100)
    phone = forms.CharField(label="Téléphone", required=False, max_length=40)
    email = forms.CharField(label="Adresse électronique", required=False, max_length=200)
    address = forms.CharField(label="Adresse", required=False, max_length=200)
    postal_code = forms.CharField(label="Code postal", required=False, max_length=10)
    city = forms.CharField(label="Commune", required=False, max_length=100)
    field_order = (
        "birth_name", "first_given_name", "given_names", "birth_date", "sex", "birth_place_code", "used_name",
        "used_given_name", "phone", "email", "address", "postal_code", "city", "reason", "version",
    )  # fmt: skip


class CardForm(ActForm):
    """What a Vitale card says of its bearer."""

    number = forms.CharField(
        label="Numéro lu sur la carte", max_length=21, help_text="15 chiffres, ou 13 sans la clé."
    )
    birth_date = forms.DateField(
        label="Date de naissance lue sur la carte",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    field_order = ("number", "birth_date", "version")

    def clean_number(self) -> str:
        """Thirteen characters, with the right key when it is there."""
        value = str(self.cleaned_data["number"]).replace(" ", "").upper()
        is_whole = len(value) == 15 and not check_ins(value, "1.2.250.1.213.1.4.8")
        if not is_whole and not (len(value) == 13 and value.isalnum()):
            raise forms.ValidationError("Vérifiez les 15 chiffres de la carte.")
        return value


class ScanForm(forms.Form):
    """What a scanner types."""

    scan = forms.CharField(
        label="Datamatrix INS",
        max_length=400,
        strip=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autofocus": True}
        ),
        help_text="Cliquez dans le champ, puis lisez le code avec la douchette.",
    )
    code: InsCode

    def clean_scan(self) -> str:
        """The traits are in `code` when the text is a Datamatrix INS."""
        text = str(self.cleaned_data["scan"])
        try:
            self.code = read(text)
        except DatamatrixError as error:
            raise forms.ValidationError(SCAN_ERRORS[error.code]) from error
        return text

    @property
    def traits(self) -> dict[str, Any]:
        """What a creation form begins with: the INS is left out, for only the national service gives one."""
        first = self.code.given_names.split(" ")[0]
        return {
            "birth_name": self.code.birth_name, "first_given_name": first,
            "given_names": self.code.given_names, "birth_date": self.code.birth_date,
            "sex": self.code.sex, "birth_place_code": self.code.birth_place_code, "collected_by": "CB",
        }  # fmt: skip
