"""Code systems, value sets, correspondences, and what each load of a file changed in them."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models

from enrs.core.ids import uuid7


class Status(models.TextChoices):
    DRAFT = "draft", "En préparation"
    ACTIVE = "active", "En vigueur"
    RETIRED = "retired", "Retirée"
    UNKNOWN = "unknown", "Non précisé"


class Nomenclature(models.Model):
    """What the three kinds share. The identifier derives from the canonical address: a reload keeps it.

    `count` is how many codes are in it now, `active_count` how many of them may still be used on the day of
    the load. `digest` is that of the file's content: the same again changes nothing. `needs_publication`
    until the FHIR resource says what the tables say.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    url = models.CharField("adresse canonique", max_length=400, unique=True)
    oid = models.CharField("OID", max_length=200, blank=True)
    name = models.CharField("nom", max_length=200, blank=True)
    title = models.CharField("titre", max_length=300, blank=True)
    version = models.CharField("version", max_length=60, blank=True)
    publisher = models.CharField("éditeur", max_length=200, blank=True)
    description = models.TextField("description", blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    effective_on = models.DateField("en vigueur depuis", null=True, blank=True)
    revised_on = models.DateField("révisée le", null=True, blank=True)
    ends_on = models.DateField("fin de validité", null=True, blank=True)
    source = models.CharField("fichier", max_length=300, blank=True)
    loaded_at = models.DateTimeField("chargée le")
    count = models.PositiveIntegerField("codes", default=0)
    active_count = models.PositiveIntegerField("codes actifs", default=0)
    digest = models.CharField(max_length=64, blank=True)
    needs_publication = models.BooleanField(default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What people read: the title, else the technical name, else the address."""
        return self.title or self.name or self.url


class CodeSystem(Nomenclature):
    """A terminology. One that is not `is_complete` is known by the codes that value sets name, or by a part."""

    is_complete = models.BooleanField(default=False)

    class Meta:
        db_table = "terminology_code_system"
        indexes = [models.Index(fields=["oid"], name="terminology_system_oid")]


class ValueSet(Nomenclature):
    """A set of codes for one use. `whole_system` when it is all of a code system, whose codes are then read.

    `compose` is its definition as published; `members` what it gives.
    """

    whole_system = models.ForeignKey(
        CodeSystem, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    compose = models.JSONField(default=dict)

    class Meta:
        db_table = "terminology_value_set"
        indexes = [models.Index(fields=["oid"], name="terminology_set_oid")]


class ConceptMap(Nomenclature):
    """A table of correspondence between two nomenclatures."""

    source_url = models.CharField(max_length=400, blank=True)
    target_url = models.CharField(max_length=400, blank=True)

    class Meta:
        db_table = "terminology_concept_map"


class Coded(models.Model):
    """A code with its French words. `key` is them and the code, without accents nor capitals, for searches.

    `valid_until` is the first day on which it is no longer valid, as the file says; `closed_at` the moment at
    which a later version no longer had it; `is_inactive` what a file says without a date.
    """

    code = models.CharField("code", max_length=200)
    display = models.CharField("libellé", max_length=2000)
    key = models.TextField()
    rank = models.PositiveIntegerField()
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    is_inactive = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    row_hash = models.CharField(max_length=32)
    search = models.GeneratedField(
        expression=SearchVector("key", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        abstract = True


class Concept(Coded):
    """A code of a code system."""

    system = models.ForeignKey(CodeSystem, on_delete=models.CASCADE, related_name="concepts")
    definition = models.TextField(blank=True)
    parent = models.CharField(max_length=200, blank=True)
    properties: Any = models.JSONField(default=dict)

    class Meta:
        db_table = "terminology_concept"
        constraints = [
            models.UniqueConstraint(fields=["system", "code"], name="terminology_concept_code")
        ]
        indexes = [
            models.Index(fields=["system", "rank", "code"], name="terminology_concept_rank"),
            GinIndex(fields=["search"], name="terminology_concept_search"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.display}"


class Member(Coded):
    """A code of a value set, with the words that the set gives it."""

    value_set = models.ForeignKey(ValueSet, on_delete=models.CASCADE, related_name="members")
    system = models.ForeignKey(CodeSystem, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "terminology_member"
        constraints = [
            models.UniqueConstraint(
                fields=["value_set", "system", "code"], name="terminology_member_code"
            )
        ]
        indexes = [
            models.Index(fields=["value_set", "rank", "code"], name="terminology_member_rank"),
            GinIndex(fields=["search"], name="terminology_member_search"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.display}"


class Mapping(models.Model):
    """One line of a correspondence, by FHIR's word of equivalence."""

    concept_map = models.ForeignKey(ConceptMap, on_delete=models.CASCADE, related_name="mappings")
    source_system = models.CharField(max_length=400)
    source_code = models.CharField(max_length=200)
    target_system = models.CharField(max_length=400, blank=True)
    target_code = models.CharField(max_length=200, blank=True)
    target_display = models.CharField(max_length=2000, blank=True)
    equivalence = models.CharField(max_length=20)
    rank = models.PositiveIntegerField()
    closed_at = models.DateTimeField(null=True, blank=True)
    row_hash = models.CharField(max_length=32)

    class Meta:
        db_table = "terminology_mapping"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "concept_map",
                    "source_system",
                    "source_code",
                    "target_system",
                    "target_code",
                ],
                name="terminology_mapping_line",
            )
        ]
        indexes = [
            models.Index(fields=["source_code", "source_system"], name="terminology_mapping_from"),
            models.Index(fields=["target_code", "target_system"], name="terminology_mapping_to"),
        ]

    def __str__(self) -> str:
        return f"{self.source_code} → {self.target_code}"


class Load(models.Model):
    """What one file brought to one nomenclature, or why it was refused."""

    class State(models.TextChoices):
        DONE = "done", "Chargé"
        SAME = "same", "Inchangé"
        KEPT = "kept", "Chargé sans fermeture"
        FAILED = "failed", "Refusé"

    class Kind(models.TextChoices):
        SYSTEM = "CodeSystem", "Nomenclature"
        SET = "ValueSet", "Jeu de valeurs"
        MAP = "ConceptMap", "Correspondance"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file_name = models.CharField(max_length=300)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices)
    kind = models.CharField(max_length=12, choices=Kind.choices, blank=True)
    nomenclature_id = models.UUIDField(null=True, blank=True)
    version = models.CharField(max_length=60, blank=True)
    read_count = models.PositiveIntegerField(default=0)
    added_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    closed_count = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=400, blank=True)
    rejected = models.JSONField(default=list)

    class Meta:
        db_table = "terminology_load"
        indexes = [models.Index(fields=["nomenclature_id", "id"], name="terminology_load_of")]

    def __str__(self) -> str:
        return self.file_name


class Change(models.Model):
    """One code that a load added, changed, closed or opened again, with its words before and after.

    The first load of a nomenclature leaves none: all is new.
    """

    class Action(models.TextChoices):
        ADDED = "added", "Ajouté"
        CHANGED = "changed", "Modifié"
        CLOSED = "closed", "Fermé"
        REOPENED = "reopened", "Rouvert"

    load = models.ForeignKey(Load, on_delete=models.CASCADE, related_name="changes")
    action = models.CharField(max_length=10, choices=Action.choices)
    system_url = models.CharField(max_length=400, blank=True)
    code = models.CharField(max_length=400)
    before = models.CharField(max_length=2000, blank=True)
    after = models.CharField(max_length=2000, blank=True)

    class Meta:
        db_table = "terminology_change"
        indexes = [models.Index(fields=["load", "id"], name="terminology_change_of")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} : {self.code}"
