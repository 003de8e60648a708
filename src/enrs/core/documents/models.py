"""Encrypted blobs, and documents under their XDS/MHD names."""

from django.db import models

from enrs.core.subjects.models import ClinicalFact


class Blob(models.Model):
    """Bytes under AES-256-GCM, addressed by a keyed hash of the plain content.

    `wrapped_key` is the blob's own key, wrapped by the keyring's key `keyring_id`: to erase the
    content is to destroy it. `data` is nonce ‖ ciphertext ‖ tag.
    """

    address = models.BinaryField(primary_key=True)
    keyring_id = models.CharField(max_length=20)
    wrapped_key = models.BinaryField(null=True)
    size = models.PositiveIntegerField()
    data = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "blob"

    def __str__(self) -> str:
        return bytes(self.address).hex()[:12]


class Document(ClinicalFact):
    """A document of a patient's record, with the metadata of XDS/MHD `DocumentReference`."""

    class Status(models.TextChoices):
        CURRENT = "current", "en vigueur"
        SUPERSEDED = "superseded", "remplacé"
        WITHDRAWN = "withdrawn", "retiré"

    unique_id = models.CharField(max_length=200)
    set_id = models.CharField(max_length=200, blank=True)
    version_number = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.CURRENT)
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    type_code = models.CharField(max_length=40)
    type_system = models.CharField(max_length=100, default="2.16.840.1.113883.6.1")
    type_display = models.CharField(max_length=200)
    format_code = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=300)
    mime_type = models.CharField(max_length=100)
    language = models.CharField(max_length=10, default="fr-FR")
    confidentiality = models.CharField(max_length=2, default="N")
    masked_from_professionals = models.BooleanField(default=False)
    hidden_from_patient = models.BooleanField(default=False)
    hidden_from_proxies = models.BooleanField(default=False)
    happened_at = models.DateTimeField()
    service_start = models.DateTimeField(null=True, blank=True)
    service_end = models.DateTimeField(null=True, blank=True)
    author_name = models.CharField(max_length=200, blank=True)
    author_idnat = models.CharField(max_length=40, blank=True)
    author_profession = models.CharField(max_length=200, blank=True)
    author_organisation = models.CharField(max_length=200, blank=True)
    author_organisation_id = models.CharField(max_length=40, blank=True)
    custodian = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, blank=True)
    about_id = models.UUIDField(null=True, blank=True)
    """The row that it tells of (a vaccination, a prescription), when it tells of one alone."""
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    size = models.PositiveIntegerField()
    hash_sha1 = models.CharField(max_length=40)

    class Meta:
        db_table = "document"
        indexes = [
            models.Index(fields=["patient", "-happened_at", "-id"], name="document_timeline"),
            models.Index(fields=["unique_id"], name="document_unique_id"),
            models.Index(fields=["set_id"], name="document_set", condition=~models.Q(set_id="")),
            models.Index(
                fields=["about_id"],
                name="document_about",
                condition=models.Q(about_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title
