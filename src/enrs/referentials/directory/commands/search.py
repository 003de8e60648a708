"""What the directory's search stands on, kept by each load for what it touched."""

from enrs.referentials.directory.commands.merge import Cursor

PLACES = """
update directory_role r set latitude = o.latitude, longitude = o.longitude, postal_code = o.postal_code,
    city_key = o.city_key
from directory_organisation o
where o.id = r.organisation_id and (o.latitude, o.longitude, o.postal_code, o.city_key)
    is distinct from (r.latitude, r.longitude, r.postal_code, r.city_key)
and exists (select from touched t where t.kind = 'Organization' and t.id = o.id)
"""
WORDS = """
insert into directory_word (spelling, word)
select distinct v.spelling, n.word from (
    select distinct w.word from touched c
    left join directory_practitioner p on c.kind = 'Practitioner' and p.id = c.id
    left join directory_organisation o on c.kind = 'Organization' and o.id = c.id
    left join directory_legal_entity e on c.kind = 'LegalEntity' and e.id = c.id
    cross join lateral unnest(string_to_array(coalesce(p.name_key, o.name_key, e.name_key), ' ')) w (word)
    where c.state <> 'closed' and length(w.word) between 4 and 40 and w.word ~ '^[A-Z]+$'
) n
cross join lateral (
    select n.word union all
    select left(n.word, i - 1) || substr(n.word, i + 1) from generate_series(1, length(n.word)) i
) v (spelling)
where not exists (select from directory_word k where k.spelling = n.word and k.word = n.word)
on conflict do nothing
"""
FACETS = """
with counted as (
    select 'profession' as kind, profession_code as code, max(profession_label) as label, count(*) as count
    from directory_role where is_active and profession_code <> '' group by profession_code
    union all
    select 'speciality', speciality_code, max(speciality_label), count(*)
    from directory_role where is_active and speciality_code <> '' group by speciality_code
), gone as (
    update directory_facet f set count = 0 where count > 0
    and not exists (select from counted c where c.kind = f.kind and c.code = f.code)
)
insert into directory_facet (kind, code, label, count) select kind, code, label, count from counted
on conflict (kind, code) do update set label = excluded.label, count = excluded.count
"""


def keep_places_of_roles(cursor: Cursor) -> None:
    """Each activity of a touched place has its coordinates and its town; a touched activity took them in its merge."""
    cursor.execute(PLACES)


def keep_words(cursor: Cursor) -> None:
    """Every word of a touched name is known, to find it again when it is mistyped."""
    cursor.execute(WORDS)


def keep_facets(cursor: Cursor) -> None:
    """How many activities there are of each profession and speciality, for the filters of the search."""
    cursor.execute("select exists (select from touched where kind = 'PractitionerRole')")
    if cursor.fetchone()[0]:
        cursor.execute(FACETS)
