"""The city's offer: one for each liberal activity of the directory, derived in a few statements."""

from dataclasses import dataclass

import orjson
from django.db import connection

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.referentials.directory.rules import name_key
from enrs.referentials.offer.commands.index import index_services
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.tables import city_activities, label

A_BATCH = 500
PRACTICE_SECTORS = ("SA07", "SA08", "SA05", "SA33", "SA52")
"""Sectors of the city: practices alone or in a group, health centres, pharmacies, health houses."""

STAGE = """
create temp table next_city on commit drop as
select r.id, r.organisation_id as site_id,
    left(concat_ws(' ', case when p.title = 'Docteur' then 'Dr' end, p.given, upper(p.family)), 300) as name,
    p.name_key, c.activity, c.words,
    case when r.speciality_code = '' then '{}'::text[] else array[r.speciality_code::text] end as specialities,
    coalesce(nullif(r.phone, ''), o.phone, '') as phone,
    coalesce(o.address, '') as address, coalesce(o.postal_code, '') as postal_code,
    coalesce(o.city, '') as city, coalesce(o.city_key, '') as city_key,
    coalesce(o.commune_code, '') as commune_code, coalesce(o.department, '') as department,
    o.latitude, o.longitude, coalesce(o.name_key, '') as site_key
from directory_role r
join directory_practitioner p on p.id = r.practitioner_id
left join directory_organisation o on o.id = r.organisation_id
join lateral (
    select m.activity, m.words from json_to_recordset(%s::json)
        as m (place integer, profession text, speciality text, activity text, words text)
    where m.profession in (r.profession_code, '') and m.speciality in (r.speciality_code, '')
    order by m.place limit 1
) c on true
where r.is_active and p.is_active and not coalesce(o.is_closed, false)
    and (r.mode = 'L' or r.sector = any(%s)) and r.profession_code <> ''
"""

ADD = """
insert into offer_healthcare_service (id, version, kind, state, site_id, role_id, name, name_key, description,
    conditions, field_code, activity_code, mode_codes, reception_codes, speciality_codes, act_codes, public_codes,
    equipment, maternity_level, psychiatric_sector, is_always_open, is_open_on_holidays, hours, exceptions,
    special_openings, contacts, zone_codes, is_sensitive, building, address, postal_code, city, commune_code,
    department, latitude, longitude, draft_by, score, verified_by, created_at, published_at)
select n.id, 1, 'city', 'published', n.site_id, n.id, n.name, n.name_key, '', '', 'ville', n.activity,
    '{consultation}', '{programme}', n.specialities, '{}', '{tous}', '[]', '', '', false, false, '[]', '[]', '[]',
    CONTACTS, '{}', false, '', n.address, n.postal_code, n.city, n.commune_code, n.department, n.latitude,
    n.longitude, '', 0, '', now(), now()
from next_city n
where not exists (select from offer_healthcare_service s where s.id = n.id)
"""

CONTACTS = (
    "case when n.phone = '' then '[]'::jsonb else jsonb_build_array(jsonb_build_object("
    "'nature', 'secretariat', 'label', 'Cabinet', 'phone', n.phone, 'email', '', 'level', '1')) end"
)

CHANGE = """
update offer_healthcare_service s set name = n.name, name_key = n.name_key, site_id = n.site_id,
    speciality_codes = n.specialities, address = n.address, postal_code = n.postal_code, city = n.city,
    commune_code = n.commune_code, department = n.department, latitude = n.latitude, longitude = n.longitude,
    activity_code = case when s.verified_at is null then n.activity else s.activity_code end,
    contacts = case when s.verified_at is null then CONTACTS else s.contacts end,
    state = 'published', closed_at = null, version = s.version + 1
from next_city n
where s.id = n.id and s.kind = 'city' and (s.state = 'closed'
    or (s.name, s.name_key, s.site_id, s.speciality_codes::text[], s.address, s.postal_code, s.city, s.commune_code,
        s.department, s.latitude, s.longitude)
    is distinct from (n.name, n.name_key, n.site_id, n.specialities, n.address, n.postal_code, n.city,
        n.commune_code, n.department, n.latitude, n.longitude)
    or s.verified_at is null and (s.activity_code <> n.activity or s.contacts <> CONTACTS))
"""
"""What the professional said of their own offer (it was verified) is theirs: only who and where follow."""

CLOSE = """
update offer_healthcare_service s set state = 'closed', closed_at = now(), version = s.version + 1
where s.kind = 'city' and s.state <> 'closed' and not exists (select from next_city n where n.id = s.id)
"""

UNLIST = """
delete from offer_search r using offer_healthcare_service s
where s.id = r.service_id and s.kind = 'city' and s.state = 'closed'
"""

LIST = """
insert into offer_search (service_id, sort_key, tokens, words, latitude, longitude, age_from, age_to,
    is_always_open, is_open_on_holidays, minutes, closed_days)
select s.id, left(s.name_key, 60),
    array['kind:city', 'field:' || s.field_code, 'activity:' || s.activity_code]
        || array(select 'mode:' || x from unnest(s.mode_codes) x)
        || array(select 'reception:' || x from unnest(s.reception_codes) x)
        || array(select 'speciality:' || x from unnest(s.speciality_codes) x)
        || array(select 'public:' || x from unnest(s.public_codes) x)
        || case when s.site_id is null then '{}'::text[] else array['site:' || s.site_id] end,
    to_tsvector('simple', lower(concat_ws(' ', n.name_key, n.site_key, n.city_key)) || ' ' || n.words),
    s.latitude, s.longitude, coalesce(s.age_from, 0), coalesce(s.age_to, 32767), s.is_always_open,
    s.is_open_on_holidays, '{}', '{}'
from offer_healthcare_service s join next_city n on n.id = s.id
where s.kind = 'city' and s.verified_at is null
on conflict (service_id) do update set sort_key = excluded.sort_key, tokens = excluded.tokens,
    words = excluded.words, latitude = excluded.latitude, longitude = excluded.longitude
where (offer_search.sort_key, offer_search.tokens, offer_search.words, offer_search.latitude,
    offer_search.longitude)
    is distinct from (excluded.sort_key, excluded.tokens, excluded.words, excluded.latitude, excluded.longitude)
"""

LEARN = """
insert into offer_word (text)
select distinct word from next_city n,
    regexp_split_to_table(lower(concat_ws(' ', n.name_key, n.city_key)) || ' ' || n.words, ' ') word
where length(word) between 3 and 60
on conflict do nothing
"""


UNTOLD = """
select s.id from offer_healthcare_service s left join offer_search r on r.service_id = s.id
where s.kind = 'city' and s.state = 'published' and (r.service_id is null
    or s.hours <> '[]' and r.minutes = '{}' or s.exceptions <> '[]' and r.closed_days = '{}'
    or s.special_openings <> '[]' and r.special_days is null)
order by s.id
"""
"""Offers whose hours the search lost when their activity ended, and that it lacks now that it is back."""


@dataclass(frozen=True, slots=True)
class Derived:
    """What a derivation did."""

    added: int
    changed: int
    closed: int


def derive_city_offer() -> Derived:
    """Bring the city's offer to what the directory says; the same directory again changes nothing.

    Set-based, for the nightly load to call in its transaction, as the owner. An offer bears the identifier
    of its activity. Offers whose activity ended are closed, never deleted.
    """
    known = [
        {
            "place": place,
            "profession": row["profession"],
            "speciality": row["speciality"],
            "activity": row["activity"],
            "words": name_key(label("activity", row["activity"]) + " soins de ville").lower(),
        }
        for place, row in enumerate(city_activities())
    ]
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists next_city")
        cursor.execute(STAGE, [orjson.dumps(known).decode(), list(PRACTICE_SECTORS)])
        cursor.execute("create unique index on next_city (id); analyze next_city")
        cursor.execute(ADD.replace("CONTACTS", CONTACTS))
        added = cursor.rowcount
        cursor.execute(CHANGE.replace("CONTACTS", CONTACTS))
        changed = cursor.rowcount
        cursor.execute(CLOSE)
        closed = cursor.rowcount
        for statement in (UNLIST, LIST, LEARN):
            cursor.execute(statement)
        cursor.execute("drop table next_city")
        cursor.execute(UNTOLD)
        untold = [row[0] for row in cursor.fetchall()]
    for rank in range(0, len(untold), A_BATCH):
        rows = HealthcareService.objects.select_related("site").defer("site__search")
        index_services(list(rows.filter(pk__in=untold[rank : rank + A_BATCH]).order_by("pk")))
    return Derived(added, changed, closed)


def follow_directory() -> Derived:
    """Derive the city's offer as the platform, with the line that says what it did; as long as it takes."""
    with act():
        with connection.cursor() as cursor:
            cursor.execute("set local statement_timeout = 0")
        done = derive_city_offer()
        details = {"added": done.added, "changed": done.changed, "closed": done.closed}
        note("offer.city.derived", object_kind="region", details=details)
    return done
