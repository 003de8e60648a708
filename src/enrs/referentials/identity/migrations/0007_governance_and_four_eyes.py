"""Governance of identity: charter, audits, action plans, adverse events; partings proposed by one, confirmed by another."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0006_active_files_and_emergency_identities"),
    ]

    operations = [
        migrations.AlterField(
            model_name="itemact",
            name="kind",
            field=models.CharField(
                choices=[
                    ("taken", "a pris la ligne"),
                    ("given_back", "a rendu la ligne"),
                    ("given", "a confié la ligne"),
                    ("noted", "a noté"),
                    ("asked", "a demandé à la source"),
                    ("answered", "a répondu"),
                    ("proposed", "a proposé"),
                    ("refused", "a refusé la proposition"),
                    ("withdrawn", "a retiré sa proposition"),
                    ("decided", "a décidé"),
                    ("undone", "a défait la décision"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="IdentityCharter",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=enrs.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("version", models.CharField(max_length=40, unique=True)),
                ("text", models.TextField()),
                ("published_at", models.DateTimeField()),
                ("published_by", models.CharField(max_length=200)),
            ],
            options={
                "db_table": "identity_charter",
            },
        ),
        migrations.AlterField(
            model_name="workitem",
            name="kind",
            field=models.CharField(
                choices=[
                    ("discordant_traits", "Traits discordants"),
                    ("birth_place_differs", "Lieu de naissance différent"),
                    ("merge_across_patients", "Fusion locale entre deux patients"),
                    ("ins_on_two_patients", "INS portée par deux patients"),
                    ("possible_duplicate", "Doublon possible"),
                    ("ins_refused", "INS refusée au contrôle"),
                    ("declared_link", "Rapprochement déclaré par une source"),
                    ("declared_parting", "Séparation déclarée par une source"),
                    ("overlay", "Écrasement possible d’une identité"),
                    ("emergency_known", "Identité d’urgence reconnue"),
                    ("parting", "Séparation proposée"),
                    ("rejoining", "Retour proposé à l’ancien dossier"),
                ],
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="workitem",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("linked", "Rattachées"),
                    ("kept_apart", "Laissées séparées"),
                    ("namesake", "Homonymes"),
                    ("by_rule", "Levé par une mise à jour"),
                    ("corrected", "Même personne, traits corrigés"),
                    ("refused", "Autre personne, traits refusés"),
                    ("parted", "Identité séparée"),
                    ("rejoined", "Identité remise à l’ancien dossier"),
                    ("withdrawn", "Abandonnée"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="GovernanceAct",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=enrs.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("about_id", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("declared", "a déclaré l’événement"),
                            ("qualified", "a qualifié l’événement"),
                            ("closed", "a clos l’événement"),
                            ("reopened", "a rouvert"),
                            ("opened", "a ouvert l’action"),
                            ("done", "a déclaré l’action faite"),
                            ("dropped", "a abandonné l’action"),
                            ("recorded", "a enregistré"),
                            ("cancelled", "a annulé"),
                        ],
                        max_length=10,
                    ),
                ),
                ("by_id", models.UUIDField(blank=True, null=True)),
                ("by", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("text", models.TextField(blank=True)),
            ],
            options={
                "db_table": "identity_governance_act",
                "indexes": [
                    models.Index(fields=["about_id", "at"], name="identity_governance_act_about")
                ],
            },
        ),
        migrations.CreateModel(
            name="SourceAudit",
            fields=[
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.CharField(max_length=200)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_by", models.CharField(blank=True, max_length=200)),
                ("cancel_reason", models.TextField(blank=True)),
                (
                    "id",
                    models.UUIDField(
                        default=enrs.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("held_on", models.DateField()),
                ("auditors", models.CharField(max_length=300)),
                ("figures_day", models.DateField(blank=True, null=True)),
                ("figures", models.JSONField(default=dict)),
                ("findings", models.JSONField(default=dict)),
                ("conclusions", models.TextField()),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="audits",
                        to="identity.identitysource",
                    ),
                ),
            ],
            options={
                "db_table": "identity_source_audit",
            },
        ),
        migrations.CreateModel(
            name="SourceAction",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=enrs.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("title", models.CharField(max_length=300)),
                ("due_on", models.DateField()),
                ("incident_id", models.UUIDField(blank=True, db_index=True, null=True)),
                ("indicator", models.CharField(blank=True, max_length=40)),
                ("opened_at", models.DateTimeField()),
                ("opened_by", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "À faire"), ("done", "Faite"), ("dropped", "Abandonnée")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("proof", models.TextField(blank=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("settled_by", models.CharField(blank=True, max_length=200)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="actions",
                        to="identity.identitycontact",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="actions",
                        to="identity.identitysource",
                    ),
                ),
                (
                    "audit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="actions",
                        to="identity.sourceaudit",
                    ),
                ),
            ],
            options={
                "db_table": "identity_source_action",
            },
        ),
        migrations.CreateModel(
            name="CharterSigning",
            fields=[
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.CharField(max_length=200)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_by", models.CharField(blank=True, max_length=200)),
                ("cancel_reason", models.TextField(blank=True)),
                (
                    "id",
                    models.UUIDField(
                        default=enrs.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("signed_on", models.DateField()),
                ("signed_by", models.CharField(max_length=200)),
                ("reference", models.CharField(blank=True, max_length=200)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signings",
                        to="identity.identitysource",
                    ),
                ),
                (
                    "charter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signings",
                        to="identity.identitycharter",
                    ),
                ),
            ],
            options={
                "db_table": "identity_charter_signing",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("cancelled_at", None)),
                        fields=("charter", "source"),
                        name="identity_charter_signing_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IdentityIncident",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=enrs.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("wrong_identity", "Mauvaise identité choisie"),
                            ("duplicate", "Doublon"),
                            ("overlay", "Collision ou écrasement d’identités"),
                            ("wrong_ins", "INS erronée"),
                            ("misfiled", "Document classé chez un autre"),
                            ("wrong_traits", "Traits erronés"),
                            ("other", "Autre"),
                            ("not_identity", "Hors identitovigilance"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "gravity",
                    models.CharField(
                        choices=[
                            ("minor", "Mineure : aucune conséquence"),
                            ("significant", "Significative : soins retardés ou refaits"),
                            ("major", "Majeure : soins inadaptés, sans séquelle"),
                            ("critical", "Critique : atteinte grave de la personne"),
                        ],
                        max_length=12,
                    ),
                ),
                ("happened", models.TextField()),
                ("discovered_on", models.DateField()),
                ("consequences", models.TextField(blank=True)),
                ("measures", models.TextField(blank=True)),
                (
                    "person_told",
                    models.CharField(
                        choices=[("yes", "Oui"), ("later", "Pas encore"), ("no", "Non")],
                        max_length=5,
                    ),
                ),
                ("patient_id", models.UUIDField(blank=True, db_index=True, null=True)),
                ("declared_by_id", models.UUIDField()),
                ("declared_by", models.CharField(max_length=200)),
                ("declared_from", models.CharField(blank=True, max_length=200)),
                ("declared_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("declared", "À qualifier"),
                            ("qualified", "En analyse"),
                            ("closed", "Close"),
                        ],
                        default="declared",
                        max_length=9,
                    ),
                ),
                ("item_id", models.UUIDField(blank=True, db_index=True, null=True)),
                (
                    "identity_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("causes", models.TextField(blank=True)),
                ("actions", models.TextField(blank=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("closed_by", models.CharField(blank=True, max_length=200)),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="identity.identitysource",
                    ),
                ),
            ],
            options={
                "db_table": "identity_incident",
                "indexes": [
                    models.Index(fields=["-declared_at", "-id"], name="identity_incident_list"),
                    models.Index(
                        fields=["state", "-declared_at", "-id"], name="identity_incident_state"
                    ),
                    models.Index(
                        fields=["declared_by_id", "-declared_at", "-id"],
                        name="identity_incident_own",
                    ),
                    models.Index(fields=["discovered_on"], name="identity_incident_month"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="sourceaudit",
            index=models.Index(
                fields=["source", "-held_on", "-id"], name="identity_source_audit_list"
            ),
        ),
        migrations.AddIndex(
            model_name="sourceaction",
            index=models.Index(fields=["state", "due_on", "id"], name="identity_source_action_due"),
        ),
        migrations.AddIndex(
            model_name="sourceaction",
            index=models.Index(
                fields=["source", "state", "due_on", "id"], name="identity_source_action_list"
            ),
        ),
    ]
