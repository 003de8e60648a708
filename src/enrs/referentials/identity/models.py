"""Source identities with all their versions, their links to patients, and the work list."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from enrs.core.ids import uuid7
from enrs.core.moments import PartialDateField
from enrs.core.subjects.models import Patient
from enrs.referentials.identity import rules


class TraitColumns(models.Model):
    """The traits of a person, as `rules.Traits` names them, and the RNIV attribute."""

    birth_name = models.CharField(max_length=100)
    first_given_name = models.CharField(max_length=100, blank=True)
    given_names = models.CharField(max_length=200, blank=True)
    used_name = models.CharField(max_length=100, blank=True)
    used_given_name = models.CharField(max_length=100, blank=True)
    birth_date = PartialDateField(blank=True, db_collation="C")
    sex = models.CharField(max_length=1, default="U")
    birth_place_code = models.CharField(max_length=5, blank=True)
    ins = models.CharField(max_length=22, blank=True)
    ins_oid = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=12, default="provisional")
    address = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=10, blank=True)
    city = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.CharField(max_length=200, blank=True)
    deceased_at = models.DateTimeField(null=True, blank=True)
    multiple_birth = models.CharField(max_length=2, blank=True, default="")
    proof = models.CharField(max_length=8, blank=True, default="")
    collected_by = models.CharField(max_length=8, blank=True, default="")
    attribute = models.CharField(max_length=12, blank=True)

    class Meta:
        abstract = True

    @property
    def traits(self) -> rules.Traits:
        """The row's traits as a value."""
        return rules.Traits(**{name: getattr(self, name) for name in rules.TRAIT_FIELDS})

    @property
    def shown_status(self) -> str:
        """The status that may be shown: doubtful and fictive identities are provisional."""
        return rules.shown_status(self.status, self.attribute)


class SourceIdentity(TraitColumns):
    """A person as one source knows them: `system` and `value` name them there.

    `patient` is where the open link leads. An identity that its source merged into another keeps its
    row and names the other in `absorbed_into`; `absorbed_told_…` are what the newest message said of that,
    which differs where merges run in a circle (`rules.merges`).

    `told_at` is the moment, by the source's own clock, of the newest message about these traits (EVN-2),
    `told_by` its sender, `digest` what it said; `stamps` names those of the traits that come from an older
    one, with its moment.
    `own_attribute` is what the source says (or its INS deserves), `marked` what a person of its place says,
    until they lift it; `attribute` adds what the region found.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    system = models.CharField(max_length=120)
    value = models.CharField(max_length=80)
    sender = models.CharField(max_length=120, blank=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="identities")
    absorbed_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True)
    absorbed_told_into = models.UUIDField(null=True, blank=True, db_index=True)
    absorbed_told_at = models.DateTimeField(null=True, blank=True)
    absorbed_told_by = models.CharField(max_length=120, blank=True, default="")
    told_at = models.DateTimeField(null=True, blank=True)
    told_by = models.CharField(max_length=120, blank=True, default="")
    stamps = models.JSONField(default=dict, blank=True)
    digest = models.CharField(max_length=16, blank=True, default="")
    own_attribute = models.CharField(max_length=12, blank=True, default="")
    marked = models.CharField(max_length=12, blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    former_patients: tuple[UUID, ...] = ()
    """The patients who became this one's, when it was read with all the others of its patient."""

    class Meta:
        db_table = "source_identity"
        constraints = [
            models.UniqueConstraint(fields=["system", "value"], name="source_identity_number")
        ]
        indexes = [
            models.Index(fields=["value"], name="source_identity_value"),
            models.Index(fields=["ins"], condition=~Q(ins=""), name="source_identity_ins"),
        ]

    def __str__(self) -> str:
        return f"{self.system}|{self.value}"

    @property
    def standing(self) -> str:
        """The attribute that it has of itself, whatever the others are."""
        return self.marked or self.own_attribute


class IdentityVersion(TraitColumns):
    """The traits that a source gave at one moment; written once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    identity = models.ForeignKey(SourceIdentity, on_delete=models.PROTECT, related_name="versions")
    patient_id = models.UUIDField()
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=200)

    class Meta:
        db_table = "identity_version"
        constraints = [
            models.UniqueConstraint(fields=["identity", "version"], name="identity_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.identity_id} v{self.version}"


class IdentityLink(models.Model):
    """That an identity is (or was, once `until` is set) that of a patient, by a rule or by hand."""

    class Rule(models.TextChoices):
        NEW = "new", "première venue"
        INS = "ins", "INS qualifiée et traits stricts concordants"
        LOCAL_MERGE = "local_merge", "fusion faite par l’établissement"
        PARTED = "parted", "traits devenus discordants"
        SCORE = "score", "ressemblance au-dessus du seuil"
        HAND = "hand", "décision de la cellule d’identité"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    identity = models.ForeignKey(SourceIdentity, on_delete=models.PROTECT, related_name="links")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=12, choices=Rule.choices)
    evidence = models.JSONField(default=dict, blank=True)
    by = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "identity_link"
        constraints = [
            models.UniqueConstraint(
                fields=["identity"], condition=Q(until=None), name="identity_link_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.identity_id} → {self.patient_id}"


class RegionalIdentity(TraitColumns):
    """The best traits of a regional patient, and the keys that find them.

    `ins` is set only for a qualified identity that nothing makes doubtful, so it is unique.
    `replaced_by` names the patient who took every identity of this one.
    """

    patient = models.OneToOneField(
        Patient, on_delete=models.PROTECT, primary_key=True, related_name="regional_identity"
    )
    source_id = models.UUIDField(null=True)
    name_key = models.CharField(max_length=120, db_collation="C")
    used_key = models.CharField(max_length=120, blank=True, db_collation="C")
    given_key = models.CharField(max_length=120, blank=True, db_collation="C")
    replaced_by = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "regional_identity"
        constraints = [
            models.UniqueConstraint(
                fields=["ins"], condition=~Q(ins=""), name="regional_identity_ins"
            )
        ]
        indexes = [
            models.Index(
                fields=["name_key", "given_key", "patient"], name="regional_identity_name"
            ),
            models.Index(
                fields=["used_key", "given_key"],
                condition=~Q(used_key=""),
                name="regional_identity_used",
            ),
            models.Index(fields=["birth_date", "name_key"], name="regional_identity_birth"),
        ]

    def __str__(self) -> str:
        return str(self.patient_id)


class WorkItem(models.Model):
    """Something that the identity unit must look at. It names rows and fields, never a trait.

    `severity` is 0 (a wrong record may be read now) to 3 (tidying); `weight`, in bits, is the evidence that
    a possible duplicate is one. `systems` are those of its identities (filled by the database), `assignee_id`
    the account of who works on it.
    """

    class Kind(models.TextChoices):
        DISCORDANT_TRAITS = "discordant_traits", "Traits discordants"
        BIRTH_PLACE_DIFFERS = "birth_place_differs", "Lieu de naissance différent"
        MERGE_ACROSS_PATIENTS = "merge_across_patients", "Fusion locale entre deux patients"
        INS_ON_TWO_PATIENTS = "ins_on_two_patients", "INS portée par deux patients"
        POSSIBLE_DUPLICATE = "possible_duplicate", "Doublon possible"
        INS_REFUSED = "ins_refused", "INS refusée au contrôle"
        DECLARED_LINK = "declared_link", "Rapprochement déclaré par une source"
        DECLARED_PARTING = "declared_parting", "Séparation déclarée par une source"
        OVERLAY = "overlay", "Écrasement possible d’une identité"

    class Outcome(models.TextChoices):
        LINKED = "linked", "Rattachées"
        KEPT_APART = "kept_apart", "Laissées séparées"
        NAMESAKE = "namesake", "Homonymes"
        BY_RULE = "by_rule", "Levé par une mise à jour"
        CORRECTED = "corrected", "Même personne, traits corrigés"
        REFUSED = "refused", "Autre personne, traits refusés"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=24, choices=Kind.choices)
    identity_ids = ArrayField(models.UUIDField())
    patient_ids = ArrayField(models.UUIDField())
    evidence = models.JSONField(default=dict, blank=True)
    sender = models.CharField(max_length=120, blank=True)
    severity = models.PositiveSmallIntegerField(default=2)
    weight = models.FloatField(null=True, blank=True)
    key = models.CharField(max_length=160)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True)
    closed_reason = models.TextField(blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    assignee_id = models.UUIDField(null=True, blank=True)
    systems = ArrayField(models.CharField(max_length=120), null=True, blank=True)

    class Meta:
        db_table = "identity_work_item"
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(closed_at=None), name="identity_work_item_open"
            )
        ]
        indexes = [
            models.Index(
                fields=["severity", "opened_at", "id"],
                condition=Q(closed_at=None),
                name="identity_work_item_severe",
            ),
            models.Index(
                fields=["kind", "severity", "opened_at", "id"],
                condition=Q(closed_at=None),
                name="identity_work_item_kind",
            ),
            models.Index(
                fields=["assignee_id", "severity", "opened_at", "id"],
                condition=Q(closed_at=None, assignee_id__isnull=False),
                name="identity_work_item_mine",
            ),
            models.Index(
                fields=["severity", "opened_at", "id"],
                condition=Q(closed_at=None, assignee_id=None),
                name="identity_work_item_free",
            ),
            GinIndex(
                fields=["systems"], condition=Q(closed_at=None), name="identity_work_item_from"
            ),
            GinIndex(fields=["identity_ids"], name="identity_work_item_who"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class IdentityFeature(models.Model):
    """What the matching engine compares of a source identity: normalised traits and blocking keys.

    One row for each identity that matching may consider (none for one absorbed by another). `keys` are
    `matching.features.blocking_keys`; two identities are compared when they share one.
    """

    identity = models.OneToOneField(
        SourceIdentity, on_delete=models.PROTECT, primary_key=True, related_name="feature"
    )
    birth_name = models.CharField(max_length=120)
    used_name = models.CharField(max_length=120, blank=True)
    given = models.CharField(max_length=120, blank=True)
    root = models.CharField(max_length=120, blank=True)
    others = models.CharField(max_length=200, blank=True)
    birth_date = models.CharField(max_length=10, blank=True)
    sex = models.CharField(max_length=1, blank=True)
    birth_place = models.CharField(max_length=5, blank=True)
    home = models.CharField(max_length=10, blank=True)
    phone = models.CharField(max_length=12, blank=True)
    ins = models.CharField(max_length=15, blank=True)
    twin = models.CharField(max_length=2, blank=True)
    is_barred = models.BooleanField(default=False)
    keys = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "identity_feature"
        indexes = [GinIndex(fields=["keys"], name="identity_feature_keys", fastupdate=False)]

    def __str__(self) -> str:
        return str(self.identity_id)


class HotKey(models.Model):
    """A blocking key that too many identities share: nobody is compared for it alone."""

    key = models.BigIntegerField(primary_key=True)

    class Meta:
        db_table = "identity_hot_key"

    def __str__(self) -> str:
        return str(self.key)


class IdentityPair(models.Model):
    """Two source identities that resemble each other, or of which a person decided (`first` < `second`).

    `weight` is the evidence in bits, `levels` one digit for each comparison of the model `model`.
    `barrier` says why no rule may link them whatever the weight. `decision` is a person's (taken on the item
    `decided_item`), and stands until withdrawn: `history` holds it after those that stand under it.
    """

    class Decision(models.TextChoices):
        SAME = "same", "Même personne"
        DIFFERENT = "different", "Personnes différentes"
        NAMESAKE = "namesake", "Homonymes"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    first = models.ForeignKey(SourceIdentity, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(SourceIdentity, on_delete=models.PROTECT, related_name="+")
    weight = models.FloatField(default=0.0)
    levels = models.CharField(max_length=12, blank=True)
    barrier = models.CharField(max_length=16, blank=True)
    model = models.CharField(max_length=16, blank=True)
    decision = models.CharField(max_length=10, blank=True, choices=Decision.choices)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_item = models.UUIDField(null=True, blank=True)
    reason = models.TextField(blank=True)
    history = models.JSONField(default=list, blank=True)

    class Meta:
        db_table = "identity_pair"
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="identity_pair_both")
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}"


class ExactSearchQuota(models.Model):
    """How many exact searches a user made in the current minute."""

    user_id = models.UUIDField(primary_key=True)
    minute = models.DateTimeField()
    used = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "identity_exact_quota"

    def __str__(self) -> str:
        return f"{self.user_id}: {self.used}"


from enrs.referentials.identity.models_desk import (  # noqa: E402  they name the models above
    IdentityContact,
    IdentityProposal,
    IdentityQuarantine,
    IdentityQuestion,
    IdentitySource,
    ItemAct,
    MendLine,
    SourceDay,
)
from enrs.referentials.identity.models_insi import InsCheck, InsRun  # noqa: E402
from enrs.referentials.identity.models_probe import ProbeFile  # noqa: E402

__all__ = [
    "ExactSearchQuota",
    "HotKey",
    "IdentityContact",
    "IdentityFeature",
    "IdentityLink",
    "IdentityPair",
    "IdentityProposal",
    "IdentityQuarantine",
    "IdentityQuestion",
    "IdentitySource",
    "IdentityVersion",
    "InsCheck",
    "InsRun",
    "ItemAct",
    "MendLine",
    "ProbeFile",
    "RegionalIdentity",
    "SourceDay",
    "SourceIdentity",
    "WorkItem",
]
