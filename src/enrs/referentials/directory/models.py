"""Structures, professionals, their activities, and what each load of a file did."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models

from enrs.core.ids import uuid7
from enrs.referentials.directory.rules import person_display


class Organisation(models.Model):
    """A geographical establishment of FINESS, or a place of work that RPPS alone knows (a practice).

    `source` says which file last described it; the identifier derives from the number, so that a
    reload keeps it.
    """

    class Source(models.TextChoices):
        FINESS = "finess", "FINESS"
        RPPS = "rpps", "RPPS"

    id = models.UUIDField(primary_key=True, editable=False)
    source = models.CharField(max_length=10, choices=Source.choices)
    finess_eg = models.CharField("FINESS", max_length=9, blank=True)
    finess_ej = models.CharField("FINESS de l'entité juridique", max_length=9, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    technical_id = models.CharField(max_length=40, blank=True)
    name = models.CharField("nom", max_length=300)
    name_key = models.CharField(max_length=300)
    category_code = models.CharField(max_length=10, blank=True)
    category_label = models.CharField("catégorie", max_length=200, blank=True)
    address = models.CharField("adresse", max_length=300, blank=True)
    postal_code = models.CharField("code postal", max_length=10, blank=True)
    city = models.CharField("commune", max_length=100, blank=True)
    city_key = models.CharField(max_length=100, blank=True)
    commune_code = models.CharField(max_length=5, blank=True)
    department = models.CharField("département", max_length=3, blank=True)
    phone = models.CharField("téléphone", max_length=40, blank=True)
    email = models.CharField("adresse électronique", max_length=200, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    is_closed = models.BooleanField(default=False)
    row_hash = models.CharField(max_length=32)
    search = models.GeneratedField(
        expression=SearchVector("name_key", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        db_table = "directory_organisation"
        constraints = [
            models.UniqueConstraint(
                fields=["finess_eg"],
                condition=~models.Q(finess_eg=""),
                name="directory_organisation_finess",
            )
        ]
        indexes = [
            models.Index(fields=["name_key", "id"], name="directory_org_name"),
            models.Index(
                fields=["city_key"], opclasses=["varchar_pattern_ops"], name="directory_org_city"
            ),
            models.Index(fields=["siret"], name="directory_org_siret"),
            GinIndex(fields=["search"], name="directory_org_search"),
        ]

    def __str__(self) -> str:
        return self.name


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


class PractitionerRole(models.Model):
    """One activity of a professional: a profession, a speciality, a mode, a place."""

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
    is_active = models.BooleanField(default=True)
    row_hash = models.CharField(max_length=32)

    class Meta:
        db_table = "directory_role"
        indexes = [
            models.Index(
                fields=["profession_code", "practitioner"], name="directory_role_profession"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """« Médecin, cardiologie », or the function when it has no profession."""
        words = self.profession_label or self.function_label
        if not self.speciality_label:
            return words
        return f"{words}, {self.speciality_label[:1].lower()}{self.speciality_label[1:]}"


class LoadReport(models.Model):
    """What one load of a file did, kept for the quality screen."""

    class State(models.TextChoices):
        DONE = "done", "Chargé"
        KEPT = "kept", "Chargé sans fermeture"
        FAILED = "failed", "Refusé"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Organisation.Source.choices)
    file_name = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices)
    is_complete = models.BooleanField()
    read_count = models.PositiveIntegerField(default=0)
    added_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    closed_count = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=400, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "directory_load_report"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name


class RefusedRow(models.Model):
    """One row of a file that was not taken, and why."""

    report = models.ForeignKey(LoadReport, on_delete=models.CASCADE, related_name="refused_rows")
    line_number = models.PositiveIntegerField()
    reason_code = models.CharField(max_length=40)
    sentence = models.CharField(max_length=300)
    raw_head = models.CharField(max_length=200)

    class Meta:
        db_table = "directory_refused_row"
        indexes = [
            models.Index(fields=["report", "line_number", "id"], name="directory_refused_order")
        ]

    def __str__(self) -> str:
        return f"{self.line_number} : {self.sentence}"
