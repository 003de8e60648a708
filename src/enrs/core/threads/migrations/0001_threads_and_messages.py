import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("documents", "0001_blobs_and_documents"),
        ("subjects", "0001_patients"),
    ]

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "id",
                    models.UUIDField(
                        default=enrs.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("text", models.TextField()),
                ("author_id", models.UUIDField()),
                ("author_grantee_id", models.UUIDField(blank=True, null=True)),
                ("author_name", models.CharField(max_length=200)),
                ("author_label", models.CharField(blank=True, max_length=200)),
                ("posted_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("edited_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "thread_message",
            },
        ),
        migrations.CreateModel(
            name="FormerText",
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
                ("text", models.TextField()),
                ("replaced_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="former_texts",
                        to="threads.message",
                    ),
                ),
            ],
            options={
                "db_table": "thread_former_text",
            },
        ),
        migrations.CreateModel(
            name="Attachment",
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
                ("rank", models.PositiveSmallIntegerField(default=0)),
                ("name", models.CharField(max_length=150)),
                ("mime_type", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField()),
                (
                    "blob",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.blob",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="threads.message",
                    ),
                ),
            ],
            options={
                "db_table": "thread_attachment",
            },
        ),
        migrations.CreateModel(
            name="Thread",
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
                ("subject_kind", models.CharField(max_length=40)),
                ("subject_id", models.UUIDField()),
                ("title", models.CharField(blank=True, max_length=200)),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("members", "Les membres seulement"),
                            ("circle", "Les professionnels du cercle"),
                            ("all", "Tout le cercle, la personne comprise"),
                        ],
                        default="members",
                        max_length=8,
                    ),
                ),
                ("author_id", models.UUIDField(blank=True, null=True)),
                ("message_count", models.PositiveIntegerField(default=0)),
                ("last_message_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
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
                "db_table": "thread",
            },
        ),
        migrations.CreateModel(
            name="ReadMark",
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
                ("name", models.CharField(max_length=200)),
                ("number", models.PositiveIntegerField(default=0)),
                ("read_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="read_marks",
                        to="threads.thread",
                    ),
                ),
            ],
            options={
                "db_table": "thread_read_mark",
            },
        ),
        migrations.AddField(
            model_name="message",
            name="thread",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="threads.thread",
            ),
        ),
        migrations.CreateModel(
            name="Membership",
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
                ("display", models.CharField(max_length=200)),
                ("joined_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="threads.thread",
                    ),
                ),
            ],
            options={
                "db_table": "thread_membership",
            },
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(fields=["subject_id"], name="thread_subject"),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(
                fields=["patient", "-last_message_at", "-id"], name="thread_of_patient"
            ),
        ),
        migrations.AddIndex(
            model_name="readmark",
            index=models.Index(fields=["user_id", "thread"], name="thread_read_mark_of"),
        ),
        migrations.AddConstraint(
            model_name="readmark",
            constraint=models.UniqueConstraint(
                fields=("thread", "user_id"), name="thread_read_mark_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("thread", "number"), name="thread_message_number"
            ),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(
                condition=models.Q(("left_at", None)),
                fields=["grantee_id", "thread"],
                name="thread_membership_of",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                fields=("thread", "grantee_id"), name="thread_membership_once"
            ),
        ),
    ]
