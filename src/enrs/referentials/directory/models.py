"""Structures, professionals, their activities, and what each load of a file did."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models

from enrs.core.ids import uuid7
from enrs.referentials.directory.rules import person_display, speciality_words


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
    """One activity of a professional: a profession, a speciality, a mode, a place.

    Its coordinates are those of the place, kept here so that an index gives the nearest of a profession.
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


class Change(models.Model):
    """What one load changed in one object: the fields that differ, before and after.

    The first load of an empty table leaves none: everything would be new. `object_id` is the key of a
    row of the table that `kind` (a FHIR type) names.
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
