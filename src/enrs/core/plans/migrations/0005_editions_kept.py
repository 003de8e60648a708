"""Plans and answers from before editions keep their order; a signature keeps what was signed."""

from django.db import migrations, models

# An edition was then every revision: an answer to an older revision stays past, and a paper of yesterday is judged by
# the last change that is known. The answers first: they are found by their plan's missing moment.
NUMBER = [
    """
    update plan_agreement a set edition = a.revision
    from plan p where p.id = a.plan_id and p.edition_at is null
    """,
    """
    update plan set edition = greatest(revision, 1), edition_at = changed_at where edition_at is null
    """,
]


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0004_asking_signing_templates"),
    ]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="content",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.RunSQL(NUMBER, migrations.RunSQL.noop),
    ]
