"""The offer below the sites of FINESS: internal organisations, operational offers, and who describes them.

The legal entity and the site are the directory's: a `directory.Organisation` is a site (entité
géographique) and keeps the number of its legal entity, `finess_ej`.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import Versioned
from enrs.referentials.directory.models import Organisation, PractitionerRole
from enrs.referentials.offer.fields import (
    DateMultirangeField,
    Int4MultirangeField,
    TimestampMultirangeField,
)


def codes(label: str = "") -> "ArrayField[list[str], list[str]]":
    """A column of codes of one of the tables of `data/`."""
    return ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=label)


class InternalOrganisation(Versioned):
    """A part of a site (organisation interne of the ROR): a pole, a service, a care unit."""

    class Kind(models.TextChoices):
        POLE = "pole", "Pôle"
        SERVICE = "service", "Service"
        STRUCTURE = "structure", "Structure interne"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="internal_organisations"
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SERVICE)
    name = models.CharField("nom", max_length=200)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "offer_internal_organisation"

    def __str__(self) -> str:
        return self.name


class HealthcareService(Versioned):
    """An operational offer: what one team does, at one site, for whom, when, and how to reach it.

    `site` is never empty but for an offer of the city whose place the directory does not know. An offer
    of the city bears the identifier of the directory's activity (`role`) that it comes from. The columns
    are what is published; `draft` holds the values that a referent prepares over them. `id` is also the
    identifier of the FHIR HealthcareService and of its Location. Codes are those of `data/*.csv`.
    """

    class Kind(models.TextChoices):
        UNIT = "unit", "Unité d’établissement"
        CITY = "city", "Offre de ville"
        SOCIAL = "social", "Ressource sociale ou médico-sociale"

    class State(models.TextChoices):
        DRAFT = "draft", "Brouillon"
        PUBLISHED = "published", "Publiée"
        CLOSED = "closed", "Fermée"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.UNIT)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    site = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="healthcare_services",
    )
    internal_organisation = models.ForeignKey(
        InternalOrganisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="healthcare_services",
    )
    role = models.OneToOneField(
        PractitionerRole,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="city_offer",
    )
    name = models.CharField("nom", max_length=300)
    name_key = models.CharField(max_length=300)
    description = models.TextField("en quelques mots", blank=True)
    conditions = models.TextField("conditions d’accès et d’orientation", blank=True)

    field_code = models.CharField("champ d’activité", max_length=60, blank=True)
    activity_code = models.CharField("activité opérationnelle", max_length=60, blank=True)
    mode_codes = codes("modes de prise en charge")
    reception_codes = codes("accueil")
    speciality_codes = codes("spécialités")
    act_codes = codes("actes spécifiques")
    public_codes = codes("publics")
    equipment = models.JSONField("équipements", default=list, blank=True)
    """A list of {"code", "count", "max_weight" (kg, null without a limit), "note"}."""
    maternity_level = models.CharField("type de maternité", max_length=10, blank=True)
    psychiatric_sector = models.CharField("secteur de psychiatrie", max_length=20, blank=True)
    age_from = models.PositiveSmallIntegerField("âge minimal (mois)", null=True, blank=True)
    age_to = models.PositiveSmallIntegerField("âge maximal (mois)", null=True, blank=True)
    place_count = models.PositiveIntegerField("places", null=True, blank=True)

    is_always_open = models.BooleanField("jour et nuit, tous les jours", default=False)
    is_open_on_holidays = models.BooleanField("ouvert les jours fériés", default=False)
    hours = models.JSONField("horaires", default=list, blank=True)
    """A list of [weekday (0 is Monday), minute of opening, minute of closing]; past midnight the closing
    is under the opening."""
    exceptions = models.JSONField("exceptions", default=list, blank=True)
    """A list of {"from", "to" (ISO days, both included), "words"}: days on which it is closed."""
    special_openings = models.JSONField("ouvertures exceptionnelles", default=list, blank=True)
    """A list of `rules.openings.Opening`: days whose own hours win over the week's, closures and holidays."""
    contacts = models.JSONField("contacts", default=list, blank=True)
    """A list of {"nature", "label", "phone", "email", "level"}; who reads one depends on its level."""
    zone_codes = codes("communes d’intervention")
    is_sensitive = models.BooleanField("unité sensible", default=False)

    building = models.CharField("bâtiment, étage", max_length=200, blank=True)
    address = models.CharField("adresse", max_length=300, blank=True)
    postal_code = models.CharField("code postal", max_length=10, blank=True)
    city = models.CharField("commune", max_length=100, blank=True)
    commune_code = models.CharField(max_length=5, blank=True)
    department = models.CharField(max_length=3, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)

    draft = models.JSONField(null=True, blank=True)
    draft_by = models.CharField(max_length=200, blank=True)
    draft_at = models.DateTimeField(null=True, blank=True)
    score = models.PositiveSmallIntegerField(default=0)
    """Quality of the published description, 0 to 100 (`rules.quality`)."""
    verified_at = models.DateTimeField("vérifiée le", null=True, blank=True)
    verified_by = models.CharField("vérifiée par", max_length=200, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    """When those who describe it were last sent « toujours exact ? » (`commands.ask_referents`)."""
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "offer_healthcare_service"
        indexes = [
            models.Index(fields=["site", "name_key", "id"], name="offer_service_site"),
            models.Index(fields=["state", "kind", "id"], name="offer_service_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(site__isnull=False) | models.Q(kind="city"),
                name="offer_service_has_site",
            ),
            models.CheckConstraint(
                condition=models.Q(age_from=None)
                | models.Q(age_to=None)
                | models.Q(age_from__lte=models.F("age_to")),
                name="offer_service_ages",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def part(self) -> str:
        """The identifier of its internal organisation as a draft holds it; empty without one."""
        return str(self.internal_organisation_id or "")

    @property
    def shows_place(self) -> bool:
        """Whether its address and point are told: never those of a sensitive unit."""
        return not self.is_sensitive


class ServiceChange(models.Model):
    """One change of a unit: who, when, and each field before and after; nothing rewrites it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    service = models.ForeignKey(HealthcareService, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    act = models.CharField(max_length=20)
    """`created`, `published`, `verified`, `closed`, `reopened`."""
    by_name = models.CharField(max_length=200, blank=True)
    by_grantee_id = models.UUIDField(null=True, blank=True)
    channel = models.CharField(max_length=10, blank=True)
    """By which door they came: `page`, `fhir`, `flow`."""
    fields = models.JSONField(default=dict)
    """{field: [before, after]}"""

    class Meta:
        db_table = "offer_service_change"
        indexes = [models.Index(fields=["service", "-id"], name="offer_change_of")]

    def __str__(self) -> str:
        return f"{self.act} {self.at:%Y-%m-%d}"


class Referent(models.Model):
    """A professional whom a site trusts to describe its units (référent de l'offre)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="offer_referents")
    grantee_id = models.UUIDField(db_index=True)
    display = models.CharField(max_length=200)
    named_by = models.CharField(max_length=200, blank=True)
    named_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "offer_referent"
        constraints = [
            models.UniqueConstraint(
                fields=["site", "grantee_id"],
                condition=models.Q(ended_at=None),
                name="offer_referent_once",
            )
        ]

    def __str__(self) -> str:
        return self.display


class Favourite(models.Model):
    """A unit that somebody keeps at hand."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField()
    service = models.ForeignKey(HealthcareService, on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "offer_favourite"
        constraints = [
            models.UniqueConstraint(fields=["user_id", "service"], name="offer_favourite_once")
        ]

    def __str__(self) -> str:
        return str(self.service_id)


class VocabularyEntry(Versioned):
    """What the region says otherwise than the packaged tables: a theme of the search, or the words of a need.

    Without a row, the packaged one stands. `content` is what stands instead of it; null when the packaged one
    does, or nothing. For a theme {"label", "icon", "summary", "tokens", "equipment"}; for a need {"words",
    "tokens"}. `place` orders those that the region added.
    """

    class Kind(models.TextChoices):
        THEME = "theme", "Thème"
        NEED = "need", "Besoin"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=80)
    content = models.JSONField(null=True, blank=True)
    is_hidden = models.BooleanField(default=False)

    class Meta:
        db_table = "offer_vocabulary"
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="offer_vocabulary_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class VocabularyChange(models.Model):
    """One writing of an entry, with what it said before and after. Never changed."""

    class Act(models.TextChoices):
        ADDED = "added", "Ajouté"
        CHANGED = "changed", "Modifié"
        HIDDEN = "hidden", "Retiré"
        SHOWN = "shown", "Remis"
        UNDONE = "undone", "Dernier changement annulé"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entry = models.ForeignKey(VocabularyEntry, on_delete=models.PROTECT, related_name="changes")
    act = models.CharField(max_length=10, choices=Act.choices)
    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=200)
    by_id = models.UUIDField(null=True, blank=True)
    before = models.JSONField(default=dict)
    """{"content", "is_hidden"}, as `after`."""
    after = models.JSONField(default=dict)

    class Meta:
        db_table = "offer_vocabulary_change"
        indexes = [models.Index(fields=["entry", "-id"], name="offer_vocabulary_changes")]

    def __str__(self) -> str:
        return f"{self.act} {self.at:%Y-%m-%d}"


class ImportedOffer(models.Model):
    """How an offer is named in the ROR that it was taken from, and what the imports put in its columns."""

    service = models.OneToOneField(
        HealthcareService, primary_key=True, on_delete=models.PROTECT, related_name="imported"
    )
    system = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=200)
    values = models.JSONField(default=dict)
    """{column: what the last import that was taken put there}; `active` among them."""
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "offer_imported"
        constraints = [
            models.UniqueConstraint(fields=["system", "value"], name="offer_imported_once")
        ]

    def __str__(self) -> str:
        return self.value


class SearchRow(models.Model):
    """What the search reads of a published offer, and nothing else; written with the offer.

    `tokens` are `kind:…`, `field:…`, `activity:…`, `mode:…`, `speciality:…`, `act:…`, `public:…`,
    `equipment:…`, `equipment:CODE:KG` for each step of weight that it holds, `zone:COMMUNE`, `site:…`,
    `part:…` for the internal organisation of a unit and each of those that hold it.
    """

    service = models.OneToOneField(
        HealthcareService, primary_key=True, on_delete=models.CASCADE, related_name="search_row"
    )
    sort_key = models.CharField(max_length=60)
    tokens = ArrayField(models.TextField())
    words = SearchVectorField()
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    age_from = models.PositiveSmallIntegerField(default=0)
    age_to = models.PositiveSmallIntegerField(default=32767)
    is_always_open = models.BooleanField(default=False)
    is_open_on_holidays = models.BooleanField(default=False)
    minutes = Int4MultirangeField()
    """Minutes of the week (0 is Monday at midnight) at which it is open."""
    closed_days = DateMultirangeField()
    special_days = DateMultirangeField(null=True)
    """Days whose hours are told apart; null, as for nearly every offer, without one."""
    special_times = TimestampMultirangeField(null=True)
    """When it opens on those days, on the wall clock."""

    class Meta:
        db_table = "offer_search"
        indexes = [
            GinIndex(fields=["tokens"], name="offer_search_tokens", fastupdate=False),
            GinIndex(fields=["words"], name="offer_search_words", fastupdate=False),
            models.Index(fields=["latitude", "longitude"], name="offer_search_place"),
            models.Index(fields=["sort_key", "service"], name="offer_search_order"),
        ]

    def __str__(self) -> str:
        return str(self.service_id)


class Word(models.Model):
    """A word that some offer bears, so that a slip of the finger finds what was meant."""

    text = models.CharField(max_length=60, primary_key=True)

    class Meta:
        db_table = "offer_word"
        indexes = [
            GinIndex(fields=["text"], opclasses=["gin_trgm_ops"], name="offer_word_trigrams"),
        ]

    def __str__(self) -> str:
        return self.text
