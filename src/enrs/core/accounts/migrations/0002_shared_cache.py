"""The table of the shared cache (rate limits, counters), in the shape that Django's backend expects."""

from django.db import migrations

CREATE = """
create table django_cache (cache_key varchar(255) not null primary key, value text not null, expires timestamptz not null);
create index django_cache_expires on django_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_users_and_positions")]
    operations = [migrations.RunSQL(CREATE, "drop table django_cache")]
