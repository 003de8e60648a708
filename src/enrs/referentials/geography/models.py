"""Places of France after INSEE's official code, territories of the region, contours, and where it all comes from."""

from datetime import date

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from enrs.core.ids import uuid7


class Area(models.Model):
    """A region, a department, an inter-communal body or a canton.

    `kind` of an inter-communal body is CC, CA, CU, ME or EPT; of a canton, how it is made (COMPCT).
    """

    class Level(models.TextChoices):
        REGION = "region", "Région"
        DEPARTMENT = "department", "Département"
        EPCI = "epci", "Intercommunalité"
        CANTON = "canton", "Canton"

    level = models.CharField(max_length=10, choices=Level.choices)
    code = models.CharField(max_length=9)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, blank=True)
    region = models.CharField(max_length=3, blank=True)
    population = models.PositiveIntegerField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    row_hash = models.CharField(max_length=32)

    class Meta:
        db_table = "geography_area"
        constraints = [
            models.UniqueConstraint(fields=["level", "code"], name="geography_area_code")
        ]

    def __str__(self) -> str:
        return self.name


class Commune(models.Model):
    """A commune, or an arrondissement of Paris, Lyon or Marseille (`parent` is then the commune).

    `position` says how well the place is known: the town itself, its neighbours of the same postal code, or
    nothing. `valid_until` is the first day on which the code no longer is.
    """

    class Position(models.TextChoices):
        TOWN = "town", "Bourg"
        NEAR = "near", "Approchée"
        NONE = "", "Inconnue"

    code = models.CharField("code INSEE", primary_key=True, max_length=5)
    name = models.CharField("nom", max_length=120)
    name_key = models.CharField(max_length=120)
    department = models.CharField("département", max_length=3)
    region = models.CharField("région", max_length=3)
    epci = models.CharField("intercommunalité", max_length=9, blank=True)
    ept = models.CharField(max_length=9, blank=True)
    canton = models.CharField(max_length=10, blank=True)
    parent = models.CharField(max_length=5, blank=True)
    siren = models.CharField(max_length=9, blank=True)
    population = models.PositiveIntegerField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    position = models.CharField(max_length=5, choices=Position.choices, blank=True)
    postal_codes = models.JSONField(default=list)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    row_hash = models.CharField(max_length=32)

    class Meta:
        db_table = "geography_commune"
        indexes = [
            models.Index(
                fields=["name_key"],
                opclasses=["varchar_pattern_ops"],
                name="geography_commune_name",
            ),
            GinIndex(
                fields=["name_key"], opclasses=["gin_trgm_ops"], name="geography_commune_slips"
            ),
            GinIndex(fields=["postal_codes"], name="geography_commune_postal"),
            models.Index(fields=["latitude", "longitude"], name="geography_commune_place"),
            models.Index(fields=["department", "name_key"], name="geography_commune_dep"),
            models.Index(fields=["epci"], name="geography_commune_epci"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def postal_words(self) -> str:
        """Its postal codes as people read them: the first, and how many more."""
        shown = ", ".join(self.postal_codes[:2])
        return shown + ("…" if len(self.postal_codes) > 2 else "")


class FormerCommune(models.Model):
    """A code or a name that is no longer a commune of its own, and the commune that it is in now."""

    class Kind(models.TextChoices):
        DELEGATED = "delegated", "Commune déléguée"
        ASSOCIATED = "associated", "Commune associée"
        FORMER = "former", "Ancien code"

    code = models.CharField(max_length=5)
    name = models.CharField(max_length=120)
    name_key = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    commune = models.CharField(max_length=5)
    row_hash = models.CharField(max_length=32)

    class Meta:
        db_table = "geography_former_commune"
        constraints = [
            models.UniqueConstraint(fields=["code", "commune"], name="geography_former_code")
        ]
        indexes = [
            models.Index(fields=["commune"], name="geography_former_of"),
            GinIndex(
                fields=["name_key"], opclasses=["gin_trgm_ops"], name="geography_former_slips"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Territory(models.Model):
    """A territory of the region: a CPTS, a zone of a coordination desk, a basin…"""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField("nom", max_length=200, unique=True)
    kind = models.CharField("type", max_length=60, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "geography_territory"

    def __str__(self) -> str:
        return self.name


ALWAYS = date(1, 1, 1)
"""Stands for no first day where two rows are compared."""


class TerritoryCommune(models.Model):
    """A commune in a territory from a day (always, when empty) to the first day on which it no longer is."""

    territory = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="parts")
    commune = models.CharField(max_length=5)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "geography_territory_commune"
        constraints = [
            models.UniqueConstraint(
                "territory", "commune", Coalesce("valid_from", models.Value(ALWAYS)),
                name="geography_territory_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="geography_territory_days",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["commune"], name="geography_territory_of")]

    def __str__(self) -> str:
        return self.commune


class CantonCommune(models.Model):
    """A whole commune in a canton from a day to the first day on which it no longer is.

    A commune that is cut between several cantons has no row. `valid_from` is the day of the first file that said it.
    """

    commune = models.CharField(max_length=5)
    canton = models.CharField(max_length=9)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "geography_canton_commune"
        constraints = [
            models.UniqueConstraint(fields=["commune", "valid_from"], name="geography_canton_once"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="geography_canton_days",
            ),
        ]
        indexes = [models.Index(fields=["canton"], name="geography_canton_of")]

    def __str__(self) -> str:
        return f"{self.commune} : {self.canton}"


class Contour(models.Model):
    """The simplified contour of a commune or a department: a MultiPolygon of (longitude, latitude)."""

    kind = models.CharField(max_length=10)
    code = models.CharField(max_length=5)
    polygons = models.JSONField()
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()

    class Meta:
        db_table = "geography_contour"
        constraints = [
            models.UniqueConstraint(fields=["kind", "code"], name="geography_contour_code")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class Source(models.Model):
    """A file that was loaded: whose it is, under which licence, when."""

    key = models.CharField(primary_key=True, max_length=20)
    title = models.CharField(max_length=200)
    publisher = models.CharField(max_length=200)
    licence = models.CharField(max_length=100)
    version = models.CharField(max_length=40, blank=True)
    loaded_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "geography_source"

    def __str__(self) -> str:
        return self.title
