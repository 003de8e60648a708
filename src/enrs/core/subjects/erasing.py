"""The function of the database that erases everything held of a person, made of what the apps declare.

No role of the program may delete a clinical row. The function runs with its owner's rights and no role may
call it: `services.rights` has the one door to it, which asks for the approval of a person.
"""

from django.apps import apps

from enrs.core.subjects.holdings import holdings, named_files

FUNCTION = """
create or replace function subjects_erase(who uuid[])
returns table (label text, held_in text, row_count bigint, digest text)
language plpgsql volatile security definer set search_path = public, pg_temp as
$erase$
declare
  one record;
  addresses bytea[];
begin
  addresses := array({held});
  for one in select * from (values {values}) as v (label, held_in, condition) loop
    execute format('with gone as (delete from %I where ' || one.condition || ' returning *)'
      ' select count(*), encode(sha256(convert_to(coalesce(string_agg(h, '''' order by h), ''''), ''UTF8'')), ''hex'')'
      ' from (select encode(sha256(convert_to(gone::text, ''UTF8'')), ''hex'') h from gone) hashed', one.held_in)
      into row_count, digest using who;
    if row_count > 0 then
      label := one.label;
      held_in := one.held_in;
      return next;
    end if;
  end loop;
  -- Equal contents are one blob: one that another record holds stays there, in an answer to a form too.
  with gone as (delete from blob b where b.address = any(addresses){free} returning b.address)
  select count(*), encode(sha256(coalesce(string_agg(address, '' order by address), '')), 'hex')
  into row_count, digest from gone;
  if row_count > 0 then
    label := 'Contenus de fichiers';
    held_in := 'blob';
    return next;
  end if;
  -- A row that still names the person, whatever its table, refuses here: then nothing is erased.
  set constraints all immediate;
  set constraints all deferred;
end
$erase$;
revoke all on function subjects_erase from public, enrs_app, enrs_feed;
"""


def erasing_function() -> str:
    """The function, in SQL; it is written anew with the rights of the roles, after each migration."""
    declared = holdings()
    wheres = {one.table: one.where for one in declared}
    held, free = [], []
    for table, column in _blob_columns():
        free.append(f" and not exists (select 1 from {table} where {column} = b.address)")
        if table in wheres:
            where = wheres[table].replace("$1", "who")
            held.append(f"select {column} from {table} where {column} is not null and {where}")
    for table, column in named_files().items():
        free.append(
            f" and not exists (select 1 from {table}"
            f" where {column}::text like '%' || encode(b.address, 'hex') || '%')"
        )
        where = wheres[table].replace("$1", "who")
        held.append(
            f"select decode(piece[1], 'hex') from {table},"
            f""" regexp_matches({column}::text, '"blob": "([0-9a-f]{{64}})"', 'g') piece where {where}"""
        )
    values = ", ".join(
        f"({_text(one.label)}, {_text(one.table)}, {_text(one.where)})" for one in declared
    )
    return FUNCTION.format(held=" union ".join(held), values=values, free="".join(free))


def _blob_columns() -> list[tuple[str, str]]:
    """Every column of the program that names a blob."""
    found = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            target = field.related_model if field.is_relation else None
            if target is not None and target._meta.db_table == "blob":
                found.append((model._meta.db_table, str(field.column)))
    return sorted(found)


def _text(value: str) -> str:
    quoted = value.replace("'", "''")
    return f"'{quoted}'"
