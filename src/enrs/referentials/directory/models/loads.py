"""What each load of a file did and refused, what search stands on, and mistakes told to the source."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from enrs.core.ids import uuid7


class Change(models.Model):
    """What one load changed in one object: the fields that differ, before and after.

    The first load of an empty table leaves none: everything would be new. `object_id` is the key of a
    row of the table that `kind` (a FHIR type, or the name of what has none) names.
    """

    class What(models.TextChoices):
        ADDED = "added", "Ajouté"
        CHANGED = "changed", "Modifié"
        CLOSED = "closed", "Fermé"
        REOPENED = "reopened", "Rouvert"

    report = models.ForeignKey("LoadReport", on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
    what = models.CharField(max_length=10, choices=What.choices)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        db_table = "directory_change"
        indexes = [models.Index(fields=["object_id", "-id"], name="directory_change_object")]

    def __str__(self) -> str:
        return f"{self.kind}/{self.object_id}: {self.what}"


class Unpublished(models.Model):
    """Rows that a load touched and whose FHIR resources are not written yet, two thousand at most.

    Written with the load, taken away with the publication: a load that is cut short is finished later.
    """

    kind = models.CharField(max_length=20)
    object_ids = ArrayField(models.UUIDField())

    class Meta:
        db_table = "directory_unpublished"

    def __str__(self) -> str:
        return f"{len(self.object_ids)} {self.kind}"


class Word(models.Model):
    """A word of the names of people or of places, under each spelling that lacks one of its letters.

    Two words that a slip of the keyboard tells apart (a letter too many, missing, changed or swapped)
    share such a spelling: equality alone, which an index answers, finds what was meant.
    """

    pk = models.CompositePrimaryKey("spelling", "word")
    spelling = models.CharField(max_length=60)
    word = models.CharField(max_length=60)

    class Meta:
        db_table = "directory_word"

    def __str__(self) -> str:
        return self.word


class Facet(models.Model):
    """A profession or a speciality that the directory holds, with how many activities: counted at each load."""

    class Kind(models.TextChoices):
        PROFESSION = "profession", "Profession"
        SPECIALITY = "speciality", "Spécialité"

    pk = models.CompositePrimaryKey("kind", "code")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    code = models.CharField(max_length=20)
    label = models.CharField(max_length=200)
    count = models.PositiveIntegerField()

    class Meta:
        db_table = "directory_facet"

    def __str__(self) -> str:
        return self.label


class Mistake(models.Model):
    """What somebody says is wrong in the directory, to be told to the register that it comes from."""

    class State(models.TextChoices):
        OPEN = "open", "À transmettre"
        SENT = "sent", "Transmis"
        SETTLED = "settled", "Corrigé"
        DISMISSED = "dismissed", "Sans suite"

    class About(models.TextChoices):
        NAME = "name", "Nom ou prénom"
        PLACE = "place", "Lieu d’exercice ou adresse"
        CONTACT = "contact", "Téléphone ou messagerie"
        ACTIVITY = "activity", "Profession ou spécialité"
        GONE = "gone", "N’exerce plus, ou fermé"
        OTHER = "other", "Autre"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
    object_name = models.CharField(max_length=300)
    number = models.CharField(max_length=40, blank=True)
    about = models.CharField("ce qui est faux", max_length=20, choices=About.choices)
    words = models.TextField("ce qu’il faudrait lire", max_length=1_000)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.CharField(max_length=300, blank=True)
    told_by = models.UUIDField()
    told_by_name = models.CharField(max_length=200)
    told_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "directory_mistake"
        indexes = [models.Index(fields=["state", "-told_at"], name="directory_mistake_state")]

    def __str__(self) -> str:
        return f"{self.object_name}: {self.get_about_display()}"


class LoadReport(models.Model):
    """What one load of a file did, kept for the quality screen."""

    class State(models.TextChoices):
        DONE = "done", "Chargé"
        KEPT = "kept", "Chargé sans fermeture"
        FAILED = "failed", "Refusé"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Kind(models.TextChoices):
        RPPS = "rpps", "RPPS, activités"
        SKILLS = "skills", "RPPS, savoir-faire"
        DIPLOMAS = "diplomas", "RPPS, diplômes et autorisations"
        MAILBOXES = "mailboxes", "Messageries MSSanté"
        FINESS = "finess", "FINESS"
        ACTIVITIES = "activities", "FINESS, activités"
        SIRENE = "sirene", "SIRENE"

    kind = models.CharField(max_length=10, choices=Kind.choices)
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
