"""Professionals, their activities, qualifications and mailboxes."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models

from enrs.referentials.directory.models.places import Organisation
from enrs.referentials.directory.rules import person_display, speciality_words


class Practitioner(models.Model):
    """A professional of the national directory. `idnat` is the IDNPS: `8` then RPPS, `0` then ADELI."""

    id = models.UUIDField(primary_key=True, editable=False)
    idnat = models.CharField(max_length=40, unique=True)
    rpps = models.CharField("RPPS", max_length=11, blank=True)
    title = models.CharField("civilité d'exercice", max_length=40, blank=True)
    family = models.CharField("nom d'exercice", max_length=100)
    given = models.CharField("prénom d'exercice", max_length=100, blank=True)
    name_key = models.CharField(max_length=210)
    is_active = models.BooleanField(default=True)
    row_hash = models.CharField(max_length=32)
    search = models.GeneratedField(
        expression=SearchVector("name_key", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        db_table = "directory_practitioner"
        indexes = [
            models.Index(fields=["name_key", "id"], name="directory_practitioner_name"),
            models.Index(fields=["rpps"], name="directory_practitioner_rpps"),
            GinIndex(fields=["search"], name="directory_practitioner_search"),
        ]

    def __str__(self) -> str:
        return self.display

    @property
    def display(self) -> str:
        return person_display(self.title, self.given, self.family)


def _of_a_town(code: str, town: str) -> models.Index:
    """The activities of a profession or of a speciality whose postal code or town begins so."""
    held = models.Q(is_active=True) & ~models.Q(**{code: ""})
    return models.Index(
        fields=[code, town], name=f"directory_role_{code[:4]}_{town[:4]}", condition=held,
        opclasses=["varchar_ops", "varchar_pattern_ops"],
    )  # fmt: skip


class PractitionerRole(models.Model):
    """One activity of a professional: a profession, a speciality, a mode, a place.

    Its coordinates, postal code and town are those of the place, kept here so that one index gives the nearest
    of a profession, or those of a town.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="roles")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="roles"
    )
    profession_code = models.CharField(max_length=10, blank=True)
    profession_label = models.CharField("profession", max_length=200, blank=True)
    category_code = models.CharField(max_length=10, blank=True)
    speciality_code = models.CharField(max_length=20, blank=True)
    speciality_label = models.CharField("spécialité", max_length=200, blank=True)
    function_code = models.CharField(max_length=20, blank=True)
    function_label = models.CharField("fonction", max_length=200, blank=True)
    mode = models.CharField(max_length=5, blank=True)
    mode_label = models.CharField("mode d'exercice", max_length=100, blank=True)
    sector = models.CharField(max_length=10, blank=True)
    sector_label = models.CharField("secteur d'activité", max_length=200, blank=True)
    activity_kind = models.CharField(max_length=20, blank=True)
    phone = models.CharField("téléphone", max_length=40, blank=True)
    email = models.CharField("adresse électronique", max_length=200, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    postal_code = models.CharField(max_length=10, blank=True, default="")
    city_key = models.CharField(max_length=100, blank=True, default="")
    is_active = models.BooleanField(default=True)
    row_hash = models.CharField(max_length=32)

    class Meta:
        db_table = "directory_role"
        indexes = [
            models.Index(
                fields=["profession_code", "practitioner"], name="directory_role_profession"
            ),
            _of_a_town("profession_code", "postal_code"),
            _of_a_town("profession_code", "city_key"),
            _of_a_town("speciality_code", "postal_code"),
            _of_a_town("speciality_code", "city_key"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """« Médecin, cardiologie », or the function when it has no profession."""
        words = self.profession_label or self.function_label
        speciality = speciality_words(self.speciality_label)
        return f"{words}, {speciality}" if speciality else words


class Qualification(models.Model):
    """A skill, a diploma or an authorisation to practise, as the files beside the activities give it."""

    class Kind(models.TextChoices):
        SKILL = "skill", "Savoir-faire"
        DIPLOMA = "diploma", "Diplôme"
        AUTHORISATION = "authorisation", "Autorisation d’exercice"

    id = models.UUIDField(primary_key=True, editable=False)
    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, related_name="qualifications"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    type_code = models.CharField(max_length=20, blank=True)
    type_label = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40, blank=True)
    label = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)
    row_hash = models.CharField(max_length=32)

    class Meta:
        db_table = "directory_qualification"

    def __str__(self) -> str:
        return self.label


class Mailbox(models.Model):
    """An MSSanté mailbox, of a professional or of a structure."""

    class Kind(models.TextChoices):
        PERSONAL = "PER", "Personnelle"
        CABINET = "CAB", "De cabinet"
        ORGANISATION = "ORG", "Organisationnelle"
        APPLICATION = "APP", "Applicative"

    id = models.UUIDField(primary_key=True, editable=False)
    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, null=True, related_name="mailboxes"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="mailboxes"
    )
    kind = models.CharField(max_length=5, choices=Kind.choices)
    address = models.CharField(max_length=254)
    service = models.CharField(max_length=200, blank=True)
    takes_documents = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    row_hash = models.CharField(max_length=32)

    class Meta:
        db_table = "directory_mailbox"

    def __str__(self) -> str:
        return self.address
