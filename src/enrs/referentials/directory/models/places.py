"""Structures: establishments of FINESS and practices of RPPS."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models


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
            models.Index(
                fields=["finess_ej", "name_key", "id"],
                name="directory_org_legal",
                condition=~models.Q(finess_ej=""),
            ),
            GinIndex(fields=["search"], name="directory_org_search"),
        ]

    def __str__(self) -> str:
        return self.name
