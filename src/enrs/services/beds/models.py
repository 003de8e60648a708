"""Units that hold beds, their figures by kind, crises, and the beds that the cell gives."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import Versioned
from enrs.referentials.directory.models import Organisation
from enrs.referentials.offer.models import HealthcareService


class Unit(Versioned):
    """A unit that holds beds: of the region's offer (`service`), or of a neighbour region (`region`).

    What the regional page reads of it is copied here, so that one narrow join draws the page.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    service = models.OneToOneField(
        HealthcareService, on_delete=models.PROTECT, null=True, blank=True, related_name="bed_unit"
    )
    region = models.CharField("région voisine", max_length=100, blank=True)
    code = models.CharField("code de l’unité dans le logiciel du site", max_length=40, blank=True)
    site_id = models.UUIDField(null=True, blank=True)
    site_name = models.CharField(max_length=300)
    site_finess = models.CharField(max_length=9, blank=True)
    name = models.CharField(max_length=300)
    sort_key = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    department = models.CharField(max_length=3, blank=True)
    city = models.CharField(max_length=100, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    word = models.CharField("mot de l’unité", max_length=200, blank=True)
    word_by = models.CharField(max_length=200, blank=True)
    word_at = models.DateTimeField(null=True, blank=True)
    free_count = models.IntegerField(default=0)
    known_at = models.DateTimeField(null=True, blank=True)
    """The date of the oldest of its figures of free beds."""
    present_count = models.PositiveIntegerField(null=True, blank=True)
    """Patients whom the movements of the site's software (HL7) leave in it; None when no code of it is known."""
    present_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "beds_unit"
        constraints = [
            models.UniqueConstraint(
                fields=["site_finess", "code"],
                condition=~Q(code=""),
                name="beds_unit_code",
            ),
            models.CheckConstraint(
                condition=Q(service__isnull=False) | ~Q(region=""), name="beds_unit_ours_or_theirs"
            ),
        ]
        indexes = [
            models.Index(fields=["site_id", "sort_key"], name="beds_unit_site"),
            models.Index(fields=["sort_key", "id"], name="beds_unit_order"),
        ]

    def __str__(self) -> str:
        return self.name


class SoftwareUnit(models.Model):
    """A unit as the movements of a hospital's software name it: its patients, and whose beds they lie in.

    `finess` is the structure under which the software numbers its stays: a site, or its legal entity. Several
    may be one unit of ours; `unit` is None until somebody said which.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    finess = models.CharField(max_length=9)
    code = models.CharField(max_length=100)
    name = models.CharField(max_length=100, blank=True)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="software_units"
    )
    count = models.PositiveIntegerField(default=0)
    heard_at = models.DateTimeField()
    """The last movement that its hospital sent, of any unit: until then the count is known to be true."""
    told_by = models.CharField(max_length=200, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "beds_software_unit"
        constraints = [
            models.UniqueConstraint(fields=["finess", "code"], name="beds_software_unit_code")
        ]

    def __str__(self) -> str:
        return f"{self.finess} {self.code}"


class Capacity(Versioned):
    """The figures of one kind of bed of one unit, as they stand; nobody rewrites another's unseen.

    `moments` and `sources` go with the six counts in the order of `rules.STATUSES`. `held` beds are given
    by the crisis cell and still counted as available by the unit: what may be given is `available - held`.
    """

    class Type(models.TextChoices):
        BED = "bed", "Lit"
        PLACE = "place", "Place"

    class Age(models.TextChoices):
        ANY = "any", "Tous âges"
        ADULT = "adult", "Adultes"
        CHILD = "child", "Enfants"

    class Sex(models.TextChoices):
        ANY = "any", "Indifférencié"
        MALE = "male", "Hommes"
        FEMALE = "female", "Femmes"

    class Assignment(models.TextChoices):
        NONE = "", "Courant"
        COVID = "covid", "Covid+"

    class Source(models.TextChoices):
        HAND = "hand", "Saisie"
        ROR = "ror", "Logiciel (ROR)"
        CSV = "csv", "Fichier"
        HL7 = "hl7", "HL7"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="capacities")
    type = models.CharField("type", max_length=5, choices=Type.choices, default=Type.BED)
    age = models.CharField("âge", max_length=5, choices=Age.choices, default=Age.ANY)
    sex = models.CharField("sexe", max_length=6, choices=Sex.choices, default=Sex.ANY)
    assignment = models.CharField(
        "affectation temporaire",
        max_length=5,
        choices=Assignment.choices,
        default=Assignment.NONE,
        blank=True,
    )
    crisis = models.CharField("crise", max_length=20, blank=True)
    installed = models.SmallIntegerField("installés", default=0)
    available = models.SmallIntegerField("libres", default=0)
    occupied = models.SmallIntegerField("occupés", default=0)
    reserved = models.SmallIntegerField("réservés", default=0)
    closed = models.SmallIntegerField("fermés", default=0)
    additional = models.SmallIntegerField("supplémentaires", default=0)
    held = models.SmallIntegerField(default=0)
    moments = ArrayField(models.DateTimeField(null=True), size=6)
    sources = ArrayField(models.CharField(max_length=5), size=6)
    measured_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=5, choices=Source.choices, blank=True)
    by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "beds_capacity"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "type", "age", "sex", "assignment", "crisis"],
                name="beds_capacity_kind",
            ),
            models.CheckConstraint(
                condition=Q(installed__gte=0, available__gte=0, occupied__gte=0)
                & Q(reserved__gte=0, closed__gte=0, additional__gte=0, held__gte=0),
                name="beds_capacity_counts",
            ),
            models.CheckConstraint(
                condition=Q(
                    installed__gte=F("available")
                    + F("occupied")
                    + F("reserved")
                    + F("closed")
                    - F("additional")
                ),
                name="beds_capacity_sum",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.get_age_display()}"


class Reading(models.Model):
    """One figure that came, and what became of it; nothing rewrites it.

    `before` and `after` are the six counts; a figure that came late has the same in both and what it said
    in `told`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    capacity = models.ForeignKey(Capacity, on_delete=models.PROTECT, related_name="readings")
    act = models.CharField(max_length=12)
    """`entered`, `same`, `undone`, `received`, `late`, `held`, `freed`, `arrived`."""
    received_at = models.DateTimeField(default=timezone.now)
    measured_at = models.DateTimeField()
    source = models.CharField(max_length=5)
    by_name = models.CharField(max_length=200, blank=True)
    user_id = models.UUIDField(null=True, blank=True)
    before = ArrayField(models.SmallIntegerField(), size=6)
    after = ArrayField(models.SmallIntegerField(), size=6)
    told = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    """The version of the row after it."""
    was = models.JSONField(default=dict)
    """Dates and sources before it, for whoever takes an entry back."""

    class Meta:
        db_table = "beds_reading"
        indexes = [models.Index(fields=["capacity", "-id"], name="beds_reading_of")]

    def __str__(self) -> str:
        return f"{self.act} {self.received_at:%Y-%m-%d %H:%M}"


class Crisis(models.Model):
    """A crisis declared at a site, with its own questions to each unit."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField("crise", max_length=20)
    site = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bed_crises")
    note = models.CharField("consigne", max_length=400, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.CharField(max_length=200)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "beds_crisis"
        constraints = [
            models.UniqueConstraint(
                fields=["site", "code"], condition=Q(closed_at=None), name="beds_crisis_open_once"
            )
        ]

    def __str__(self) -> str:
        return self.code


class CrisisAnswer(Versioned):
    """What one unit answers to one question of a crisis."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    crisis = models.ForeignKey(Crisis, on_delete=models.PROTECT, related_name="answers")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="crisis_answers")
    question = models.CharField(max_length=20)
    count = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    class Meta:
        db_table = "beds_crisis_answer"
        constraints = [
            models.UniqueConstraint(
                fields=["crisis", "unit", "question"], name="beds_crisis_answer_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.count}"


class BedRequest(Versioned):
    """A critical-care bed asked of the cell, for somebody whom it does not name."""

    class State(models.TextChoices):
        OPEN = "open", "À placer"
        HELD = "held", "Lit proposé"
        CONFIRMED = "confirmed", "Lit confirmé"
        ARRIVED = "arrived", "Patient arrivé"
        CANCELLED = "cancelled", "Annulée"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    kind = models.CharField("type d’unité", max_length=20)
    age = models.CharField("âge", max_length=5, choices=Capacity.Age.choices, default="adult")
    sex = models.CharField("sexe", max_length=6, choices=Capacity.Sex.choices, default="any")
    needs = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    words = models.CharField("en quelques mots", max_length=400, blank=True)
    phone = models.CharField("à rappeler au", max_length=30, blank=True)
    department = models.CharField("département", max_length=3, blank=True)
    place_id = models.UUIDField(db_index=True)
    place_name = models.CharField(max_length=300)
    user_id = models.UUIDField(null=True, blank=True)
    by_name = models.CharField(max_length=200)
    opened_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    closed_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "beds_request"
        indexes = [models.Index(fields=["state", "-id"], name="beds_request_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class Reservation(models.Model):
    """A bed of one kind of one unit, kept for a request until a moment."""

    class State(models.TextChoices):
        HELD = "held", "Proposé, attend le oui de l’unité"
        CONFIRMED = "confirmed", "Confirmé par l’unité"
        ARRIVED = "arrived", "Patient arrivé"
        RELEASED = "released", "Rendu"
        EXPIRED = "expired", "Délai passé"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(BedRequest, on_delete=models.PROTECT, related_name="reservations")
    capacity = models.ForeignKey(Capacity, on_delete=models.PROTECT, related_name="reservations")
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD)
    until = models.DateTimeField()
    made_at = models.DateTimeField(default=timezone.now)
    cell_id = models.UUIDField(null=True, blank=True)
    cell_name = models.CharField(max_length=300, blank=True)
    by_name = models.CharField(max_length=200)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "beds_reservation"
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(state__in=("held", "confirmed")),
                name="beds_reservation_one_bed",
            )
        ]
        indexes = [
            models.Index(
                fields=["until"],
                condition=Q(state__in=("held", "confirmed")),
                name="beds_reservation_due",
            ),
            models.Index(fields=["capacity", "-id"], name="beds_reservation_of"),
        ]

    def __str__(self) -> str:
        return self.state


class FeedFile(models.Model):
    """A file of figures that came, and how its lines ended."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, db_index=True)
    is_neighbour = models.BooleanField(default=False)
    site_id = models.UUIDField(null=True, blank=True, db_index=True)
    by_name = models.CharField(max_length=200)
    received_at = models.DateTimeField(default=timezone.now)
    applied_count = models.PositiveIntegerField(default=0)
    late_count = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "beds_feed_file"

    def __str__(self) -> str:
        return self.name


class RefusedLine(models.Model):
    """A line of a file that was not taken, with why; it may be tried again once the cause is mended."""

    class State(models.TextChoices):
        WAITING = "waiting", "À reprendre"
        REPLAYED = "replayed", "Reprise"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.ForeignKey(FeedFile, on_delete=models.PROTECT, related_name="refused")
    number = models.PositiveIntegerField()
    cells = models.JSONField()
    reason = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "beds_refused_line"
        indexes = [models.Index(fields=["state", "-id"], name="beds_refused_state")]

    def __str__(self) -> str:
        return f"{self.number}: {self.reason}"
