"""Taking the offers of an existing ROR over: made and changed by the commands of the pages, as the platform.

What a person wrote here is never overwritten: the line says it. The same file again changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.referentials.directory.models import Organisation
from enrs.referentials.directory.queries import organisation_by_finess
from enrs.referentials.offer import words
from enrs.referentials.offer.commands.describing import amend_unit, close_unit, create_unit
from enrs.referentials.offer.commands.traces import OfferRefusedError
from enrs.referentials.offer.fhir import IDENTIFIERS
from enrs.referentials.offer.fhir_import import (
    DEEPEST,
    MISSHAPEN,
    Reading,
    RorFile,
    dicts_of,
    numbers_of,
    read,
    reference_of,
    role_reading,
    service_reading,
    updated_at,
)
from enrs.referentials.offer.models import HealthcareService, ImportedOffer, ServiceChange
from enrs.referentials.offer.rules import REGULATION
from enrs.referentials.offer.rules.importing import remembered, sorted_out, together

Tree = dict[str, Any]
PUBLISHED = HealthcareService.State.PUBLISHED
CITY = HealthcareService.Kind.CITY
SOCIAL_FIELDS = ("social", "medico-social")
CLOSING = "Fermée dans le ROR d’où elle vient"
TWICE = "Cet identifiant est déjà dans le fichier : la première fois compte."
SECOND = "Une autre activité du fichier, de cette personne à ce site, a déjà donné ses horaires à cette offre."
TAKEN = "Cet identifiant est déjà celui d'une autre offre."
UNKEPT = "Un texte a des signes que la base ne garde pas."
ACTIVE = "active"
"""Whether the unit is open, remembered as if it were one more column."""


@dataclass
class ImportLine:
    """What became of one resource: `created`, `changed`, `closed`, `same` or `refused`, with what to know of it."""

    kind: str
    value: str
    name: str
    outcome: str = "same"
    remarks: list[str] = field(default_factory=list)


class _Refused(Exception):  # noqa: N818  a way out of one line, not an error
    """One resource is not taken: why, in French."""


def import_offers(data: bytes, *, dry_run: bool = False) -> Iterator[ImportLine]:
    """Take the offers of a Bundle or NDJSON of the ROR, one transaction for each; a line for each of them.

    `dry_run` does everything and takes it back.

    Raises:
        FileError: the file is not read.
        AccessRefusedError: not the platform itself.
    """
    if current_actor().kind != "system":
        raise AccessRefusedError("profession")
    file = read(data)
    file.role_names = {_named(one) for one in file.roles}
    outcomes: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    works = [(_service, one) for one in file.services] + [(_role, one) for one in file.roles]
    for does, tree in works:
        line = ImportLine(
            str(tree.get("resourceType")), _named(tree)[1], str(tree.get("name", ""))[:300]
        )
        try:
            with transaction.atomic():
                with act():
                    if _named(tree) in seen:
                        raise _Refused(TWICE)
                    seen.add(_named(tree))
                    does(file, tree, line)
                # What the act leaves was written at its end: all of it is taken back.
                if dry_run:
                    transaction.set_rollback(True)
        except _Refused as error:
            line.outcome = "refused"
            line.remarks.insert(0, str(error))
        except OfferRefusedError as error:
            told = [words.REFUSALS[error.reason], *(words.QUALITY[code] for code in error.codes)]
            line.outcome = "refused"
            line.remarks.insert(0, " ".join(told))
        except (DataError, IntegrityError) as error:
            line.outcome = "refused"
            line.remarks.insert(0, UNKEPT if isinstance(error, DataError) else TAKEN)
        except (AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError):
            # What a file may hold has no end: an offer that no reader foresaw stops none of the others.
            line.outcome = "refused"
            line.remarks.insert(0, MISSHAPEN)
        outcomes[line.outcome] += 1
        yield line
    if not dry_run:
        note("offer.ror.imported", object_kind="region", details=dict(outcomes))


def _named(tree: Tree) -> tuple[str, str]:
    """The identifier of an offer; of a PractitionerRole without one, its own address."""
    listed = dicts_of(tree.get("identifier")) or [{}]
    system, value = (str(listed[0].get(name, ""))[:200] for name in ("system", "value"))
    return (system, value) if value else ("", str(tree.get("id", ""))[:200])


def _service(file: RorFile, tree: Tree, line: ImportLine) -> None:
    system, value = _named(tree)
    if not value:
        raise _Refused("L'offre n'a pas d'identifiant.")
    one = _known(system, value)
    if one is not None and one.kind == CITY:
        raise _Refused("Une offre de ville suit l'annuaire : le ROR la publie en PractitionerRole.")
    place = file.find(tree, "location")
    found = service_reading(tree, place, one)
    line.remarks += found.remarks
    is_active = tree.get("active", True) is not False
    if one is None:
        if not is_active:
            return
        one = _made(file, tree, place, found)
        line.outcome = "created"
    _follow(one, found, line, named=(system, value), is_active=is_active, tree=tree)


def _known(system: str, value: str) -> HealthcareService | None:
    """The offer that an identifier names: one of ours, or one that an import made."""
    rows = HealthcareService.objects.select_related("site", "imported").defer("site__search")
    if system == IDENTIFIERS:
        own = _uuid(value)
        return rows.filter(pk=own).first() if own else None
    return rows.filter(imported__system=system, imported__value=value).first()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _made(file: RorFile, tree: Tree, place: Tree, found: Reading) -> HealthcareService:
    site = _site(file, tree, place)
    if site is None:
        raise _Refused("Aucun site de l'annuaire n'a le FINESS ou le SIRET de cette structure.")
    if found.values.get("activity_code") == REGULATION:
        raise OfferRefusedError("reserved")
    kind = "social" if found.values.get("field_code") in SOCIAL_FIELDS else "unit"
    return create_unit(site=site, name=str(found.values.get("name", "")), kind=kind)


def _site(file: RorFile, tree: Tree, place: Tree) -> Organisation | None:
    """The site that provides an offer: by the numbers of its structure or of those above, else of its place."""
    reference = reference_of(tree, "providedBy") or reference_of(tree, "organization")
    holder = file.known.get(reference, {})
    if not holder and (own := _uuid(reference.rpartition("/")[2])):
        return Organisation.objects.defer("search").filter(pk=own).first()
    holders = [holder]
    while holders[-1] and len(holders) < DEEPEST:
        holders.append(file.find(holders[-1], "partOf"))
    for one in (*holders, place):
        numbers = numbers_of(one)
        site = organisation_by_finess(numbers.get("finess", ""))
        if site is None and numbers.get("siret"):
            rows = Organisation.objects.defer("search").filter(siret=numbers["siret"])
            site = rows.order_by("id").first()
        if site is not None:
            return site
    return None


def _role(file: RorFile, tree: Tree, line: ImportLine) -> None:
    """An activity of the city: the directory says who and where, the ROR when."""
    found = role_reading(tree)
    line.remarks += found.remarks
    person = file.find(tree, "practitioner")
    one = _city_offer(file, tree, person)
    if not found.values:
        return
    if one is None:
        raise _Refused("Aucune activité de ville de l'annuaire n'est celle-ci.")
    record = getattr(one, "imported", None)
    named = _named(tree)
    # Two activities of a person at one site: the offer keeps to the one that it had.
    other = (record.system, record.value) if record is not None else named
    if one.pk in file.met or (other != named and other in file.role_names):
        raise _Refused(SECOND)
    line.name = line.name or one.name
    _follow(one, found, line, named=named, is_active=one.state == PUBLISHED, tree=tree)
    file.met.add(one.pk)


def _city_offer(file: RorFile, tree: Tree, person: Tree) -> HealthcareService | None:
    rows = HealthcareService.objects.select_related("site", "imported", "role")
    rows = rows.defer("site__search").filter(kind=CITY, state=PUBLISHED)
    key = _uuid(str(tree.get("id", "")))
    own = rows.filter(pk=key).first() if key else None
    rpps = numbers_of(person).get("rpps", "")
    if own is not None or not rpps:
        return own
    mine = list(rows.filter(role__practitioner__rpps=rpps).order_by("id")[:50])
    site = _site(file, tree, {})
    here = [one for one in mine if site is not None and one.site_id == site.pk]
    here.sort(key=lambda one: not _is_named(one, _named(tree)))
    # Without a structure that we know, the only activity that somebody has is meant.
    return here[0] if here else (mine[0] if len(mine) == 1 and site is None else None)


def _follow(
    one: HealthcareService, found: Reading, line: ImportLine, *, named: tuple[str, str],
    is_active: bool, tree: Tree,
) -> None:  # fmt: skip
    """Bring an offer to what the file says of it, but for what a person wrote here."""
    record = getattr(one, "imported", None) or _moved(one, named)
    before = record.values if record is not None else {}
    is_new = line.outcome == "created"
    told = found.values | {ACTIVE: is_active}
    now = _now(one, {column for name in told for column in together(name)})
    # What a référent has begun to write is written here, though nobody reads it yet.
    now |= {name: value for name, value in (one.draft or {}).items() if name in now}
    taken, kept = (dict(told), []) if is_new else sorted_out(told, now, before)
    if taken.get("activity_code") == REGULATION:
        taken.pop("activity_code")
        taken.pop("field_code", None)
        line.remarks.append(words.REFUSALS["reserved"])
    if taken.get(ACTIVE) and not is_new and not _is_closed_by_import(one):
        kept.append(ACTIVE)
        del taken[ACTIVE]
    if kept:
        names = ", ".join(words.FIELDS.get(name, "ouverture de l’unité") for name in kept)
        line.remarks.append(f"Gardé tel qu'écrit ici : {names}.")
    opens = taken.pop(ACTIVE, None)
    if opens is False:
        close_unit(service=one, expected_version=one.version, reason=CLOSING)
        line.outcome = "closed"
    elif is_new or opens or (taken and one.state == PUBLISHED):
        amend_unit(
            service=one, expected_version=one.version, values=taken, opens=bool(is_new or opens),
            told_at=updated_at(tree), confirms=one.kind != CITY,
        )  # fmt: skip
        line.outcome = line.outcome if is_new else "changed"
    values = remembered(told, _now(one, told), before)
    if record is None:
        ImportedOffer(service=one, system=named[0], value=named[1], values=values).save(
            force_insert=True
        )
    elif values != before:
        record.values, record.at = values, timezone.now()
        record.save(update_fields=["values", "at"])


def _now(one: HealthcareService, names: Iterable[str]) -> Tree:
    """What the offer says of these columns."""
    return {
        name: one.state == PUBLISHED if name == ACTIVE else getattr(one, name) for name in names
    }


def _is_closed_by_import(one: HealthcareService) -> bool:
    """Whether an import closed it last: who closed it by hand alone opens it again."""
    rows = ServiceChange.objects.filter(service=one, act="closed").order_by("-id")
    last = rows.values_list("fields", flat=True).first()
    return last is not None and last.get("reason", ["", ""])[1] == CLOSING


def _is_named(one: HealthcareService, named: tuple[str, str]) -> bool:
    record = getattr(one, "imported", None)
    return record is not None and (record.system, record.value) == named


def _moved(one: HealthcareService, named: tuple[str, str]) -> ImportedOffer | None:
    """An activity that changed in the directory is another offer of the city: its name in the ROR follows it."""
    former = ImportedOffer.objects.filter(system=named[0], value=named[1]).select_related("service")
    record = former.exclude(service=one).first()
    if record is None:
        return None
    if one.kind != CITY or record.service.kind != CITY:
        raise _Refused(TAKEN)
    ImportedOffer.objects.filter(pk=record.pk).update(service=one, values={}, at=timezone.now())
    return ImportedOffer.objects.get(pk=one.pk)
