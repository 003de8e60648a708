import django.db.models.deletion
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("subjects", "0001_patients"),
    ]

    operations = [
        migrations.CreateModel(
            name="Deadline",
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
                ("name", models.CharField(max_length=60)),
                ("started_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("next_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "task_deadline",
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
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
                ("user_id", models.UUIDField()),
                ("board", models.CharField(max_length=80)),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=500)),
                ("is_kept", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "board_filter",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user_id", "board", "name"), name="board_filter_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
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
                ("identity_id", models.UUIDField(blank=True, db_index=True, null=True)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200)),
                ("version", models.PositiveIntegerField(default=1)),
                ("workflow", models.CharField(max_length=80)),
                ("state", models.CharField(max_length=40)),
                ("priority", models.CharField(default="routine", max_length=10)),
                ("title", models.CharField(max_length=200)),
                ("reason", models.TextField(blank=True)),
                ("requester_id", models.UUIDField(blank=True, null=True)),
                ("requester_grantee_id", models.UUIDField(blank=True, null=True)),
                ("requester_name", models.CharField(blank=True, max_length=200)),
                ("requester_label", models.CharField(blank=True, max_length=200)),
                ("requester_organisation_id", models.UUIDField(blank=True, null=True)),
                ("requester_organisation_name", models.CharField(blank=True, max_length=200)),
                ("assignee_id", models.UUIDField(blank=True, null=True)),
                ("assignee_kind", models.CharField(blank=True, max_length=12)),
                ("assignee_name", models.CharField(blank=True, max_length=200)),
                ("delegated_by", models.CharField(blank=True, max_length=200)),
                ("team_id", models.UUIDField(blank=True, null=True)),
                ("team_name", models.CharField(blank=True, max_length=200)),
                ("opened_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("subject_kind", models.CharField(blank=True, max_length=40)),
                ("subject_id", models.UUIDField(blank=True, null=True)),
                ("answer_id", models.UUIDField(blank=True, null=True)),
                ("plan_id", models.UUIDField(blank=True, null=True)),
                ("details", models.JSONField(blank=True, default=dict)),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subjects.patient",
                    ),
                ),
            ],
            options={
                "db_table": "task",
            },
        ),
        migrations.CreateModel(
            name="Reminder",
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
                ("rank", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("users", models.JSONField(default=list)),
                (
                    "deadline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="workflow.deadline",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="workflow.task",
                    ),
                ),
            ],
            options={
                "db_table": "task_reminder",
            },
        ),
        migrations.AddField(
            model_name="deadline",
            name="task",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deadlines",
                to="workflow.task",
            ),
        ),
        migrations.CreateModel(
            name="Addressee",
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
                ("grantee_id", models.UUIDField()),
                ("kind", models.CharField(max_length=12)),
                ("name", models.CharField(max_length=200)),
                ("label", models.CharField(blank=True, max_length=200)),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("sent", "sent"),
                            ("seen", "seen"),
                            ("studied", "studied"),
                            ("agreed", "agreed"),
                            ("declined", "declined"),
                            ("withdrawn", "withdrawn"),
                            ("closed", "closed"),
                        ],
                        default="sent",
                        max_length=12,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("answered_by", models.CharField(blank=True, max_length=200)),
                ("sent_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("is_winner", models.BooleanField(default=False)),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="addressees",
                        to="workflow.task",
                    ),
                ),
            ],
            options={
                "db_table": "task_addressee",
            },
        ),
        migrations.CreateModel(
            name="TaskParty",
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
                ("grantee_id", models.UUIDField()),
                ("part", models.CharField(max_length=12)),
                ("workflow", models.CharField(max_length=80)),
                ("state", models.CharField(max_length=40)),
                ("is_open", models.BooleanField(default=True)),
                ("rank", models.PositiveSmallIntegerField(default=3)),
                ("turn", models.FloatField()),
                ("title_key", models.CharField(blank=True, max_length=200)),
                ("patient_id", models.UUIDField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parties",
                        to="workflow.task",
                    ),
                ),
            ],
            options={
                "db_table": "task_party",
            },
        ),
        migrations.CreateModel(
            name="TaskStep",
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
                ("version", models.PositiveIntegerField()),
                ("act", models.CharField(max_length=60)),
                ("label", models.CharField(max_length=200)),
                ("from_state", models.CharField(blank=True, max_length=40)),
                ("to_state", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                ("by_id", models.UUIDField(blank=True, null=True)),
                ("by_name", models.CharField(max_length=200)),
                ("by_label", models.CharField(blank=True, max_length=200)),
                ("by_organisation", models.CharField(blank=True, max_length=200)),
                ("reason_code", models.CharField(blank=True, max_length=60)),
                ("reason", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                ("is_claim", models.BooleanField(default=False)),
                ("before", models.JSONField(blank=True, default=dict)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="workflow.task",
                    ),
                ),
            ],
            options={
                "db_table": "task_step",
            },
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["patient", "-opened_at", "-id"], name="task_timeline"),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["subject_kind", "subject_id"], name="task_subject"),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                fields=("deadline", "rank"), name="task_reminder_once"
            ),
        ),
        migrations.AddIndex(
            model_name="deadline",
            index=models.Index(
                condition=models.Q(("ended_at", None), ("next_at__isnull", False)),
                fields=["next_at"],
                name="task_deadline_next",
            ),
        ),
        migrations.AddConstraint(
            model_name="deadline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("task", "name"),
                name="task_deadline_once",
            ),
        ),
        migrations.AddIndex(
            model_name="addressee",
            index=models.Index(fields=["task"], name="task_addressee_task"),
        ),
        migrations.AddConstraint(
            model_name="addressee",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("answer__in", ["withdrawn", "closed", "declined"]), _negated=True
                ),
                fields=("task", "grantee_id"),
                name="task_addressee_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="addressee",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_winner", True)),
                fields=("task",),
                name="task_addressee_one_winner",
            ),
        ),
        migrations.AddIndex(
            model_name="taskparty",
            index=models.Index(
                condition=models.Q(("ended_at", None)),
                fields=["grantee_id", "workflow", "is_open", "rank", "turn", "task"],
                name="task_party_open",
            ),
        ),
        migrations.AddIndex(
            model_name="taskparty",
            index=models.Index(
                condition=models.Q(("ended_at", None)),
                fields=["grantee_id", "workflow", "state", "rank", "turn", "task"],
                name="task_party_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="taskparty",
            constraint=models.UniqueConstraint(
                fields=("task", "grantee_id", "part"), name="task_party_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="taskstep",
            constraint=models.UniqueConstraint(
                fields=("task", "version"), name="task_step_version"
            ),
        ),
    ]
