"""Fills an empty, migrated database with a demo region, stage after stage."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

from django.conf import settings
from django.db import connection

from enrs.config.demo.activities import ACTIVITIES_FILE, activity_lines
from enrs.config.demo.beside import PEOPLE, PLACES, mailbox_lines, skill_lines
from enrs.config.demo.bulk import relax
from enrs.config.demo.bulk_circles import Circles, Registrar
from enrs.config.demo.bulk_people import Accounts, new_people, open_accounts, rpps_rows
from enrs.config.demo.bulk_record import Clerk, Rows, midnight
from enrs.config.demo.bulk_stories import CLINICAL_COUNT, Cast, Teller
from enrs.config.demo.days import live
from enrs.config.demo.generator import DemoPlan, DemoRegion
from enrs.config.demo.shapes import DemoStory
from enrs.config.demo.sirene import SITES_FILE, UNITS_FILE, site_lines, unit_lines
from enrs.config.loading import load_directory_file
from enrs.config.places import load_places
from enrs.config.state import make_folder, state_folder
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.formats.directory.finess import write_finess
from enrs.formats.directory.rpps import write_rpps
from enrs.referentials.geography.commands import load_territories
from enrs.referentials.identity.commands import load_patients
from enrs.services.record.demo import Person, add_entries

BLOCK: Final = 250
"""Stories of one transaction."""

PARTS: Final = 2
FORK: Final = multiprocessing.get_context("fork")
"""The second process takes over the region and the accounts as they stand."""

RPPS_FILE: Final = "PS_LibreAcces_Personne_activite_demo.txt"
FINESS_FILE: Final = "etalab_stock_et_demo.csv"
LEGAL_FILE: Final = "etalab_stock_ej_demo.csv"
SKILLS_FILE: Final = "PS_LibreAcces_SavoirFaire_demo.txt"
BOXES_FILE: Final = "Correspondance_MSSante_demo.txt"


class Stages(Protocol):
    """What tells the stages: see `seed.Stages`."""

    def stage(self, label: str, total: int | None = None) -> AbstractContextManager[Any]:
        """A stage with its bar; yields what takes the count done so far."""


def fill(plan: DemoPlan, stages: Stages) -> None:
    """Fill the database: directory, patients, accounts, then the records and circles."""
    region = DemoRegion(plan)
    with acting(SYSTEM):
        relax()
        with stages.stage("Communes et territoires"):
            add_places()
        load_directory(region, stages)
        load_people(region, stages)
        with stages.stage("Comptes de démonstration"):
            accounts = open_accounts(region)
        load_records(region, accounts, stages)
        with stages.stage("Synthèses"):
            add_summaries(region)
        with stages.stage("Derniers jours"):
            live(region)
        with stages.stage("Statistiques de la base"), connection.cursor() as cursor:
            cursor.execute("analyze")
        with act():
            details = {"seed": plan.seed, "persons": plan.person_count}
            note("demo.seeded", object_kind="region", details=details)


TERRITORIES: Final = Path(__file__).parent / "data" / "territories.csv"


def add_places() -> None:
    """The region's own communes from the installed packages, and its invented territories."""
    load_places(departments=settings.REGION.departments)
    load_territories(content=TERRITORIES.read_bytes())


SUMMARIES: Final = 400
"""People whose summary holds problems, allergies, treatments, vaccines and measures."""


def add_summaries(region: DemoRegion) -> None:
    """Summaries for the first people of the region, but those of the cast: theirs are chosen."""
    cast = [one.id for one in region.lives.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct on (patient_id) patient_id, id, birth_date from source_identity "
            "where not patient_id = any(%s) order by patient_id, id limit %s",
            [cast, SUMMARIES],
        )
        people = [
            Person(patient, identity, date.fromisoformat(born) if len(born) == 10 else None)
            for patient, identity, born in cursor.fetchall()
        ]
    add_entries(people)


def load_directory(region: DemoRegion, stages: Stages, folder: Path | None = None) -> None:
    """Write the region's public files, then load them as `enrs load` does."""
    if folder is None:
        folder = state_folder() / "demo"
        make_folder(folder, mode=0o700)
    plan = region.plan
    finess, rpps = folder / FINESS_FILE, folder / RPPS_FILE
    legal = folder / LEGAL_FILE
    with legal.open("w", encoding="utf-8") as file:
        file.writelines(write_finess(region.legal_rows(), release=1, released_on=plan.today))
    with finess.open("w", encoding="utf-8") as file:
        file.writelines(write_finess(region.finess_rows(), release=1, released_on=plan.today))
    with rpps.open("w", encoding="utf-8") as file:
        file.writelines(write_rpps(rpps_rows(region)))
    with stages.stage("Entités juridiques (FINESS)"):
        load_directory_file("finess", legal, is_complete=True, test_numbers=False)
    with stages.stage("Établissements (FINESS)", plan.structure_count * 2) as done:
        load_directory_file("finess", finess, is_complete=True, test_numbers=False, progress=done)
    activities = folder / ACTIVITIES_FILE
    with stages.stage("Activités autorisées (FINESS)"):
        with activities.open("w", encoding="utf-8") as file:
            file.writelines(activity_lines(region.structures(), today=plan.today))
        load_directory_file("activities", activities, is_complete=True, test_numbers=False)
    with stages.stage("Établissements (SIRENE)"):
        for name, lines in ((SITES_FILE, site_lines), (UNITS_FILE, unit_lines)):
            (folder / name).write_text("".join(lines(region.structures())), encoding="utf-8")
            load_directory_file("sirene", folder / name, is_complete=True, test_numbers=False)
    with stages.stage("Professionnels (RPPS)", plan.professional_count) as done:
        load_directory_file("rpps", rpps, is_complete=True, test_numbers=False, progress=done)
    with stages.stage("Messageries MSSanté, savoir-faire"):
        first = list(islice(region.professionals(), PEOPLE))
        skills, boxes = (
            skill_lines(first),
            mailbox_lines(first, islice(region.structures(), PLACES)),
        )
        for kind, name, rows in (("skills", SKILLS_FILE, skills), ("mailboxes", BOXES_FILE, boxes)):
            (folder / name).write_text("".join(rows), encoding="utf-8")
            load_directory_file(kind, folder / name, is_complete=True, test_numbers=False)


def load_people(region: DemoRegion, stages: Stages) -> None:
    """Load the patients by COPY; those who have a record are published as FHIR too."""
    total = region.plan.person_count
    people = region.people()
    with stages.stage("Patients et identités", total) as done:
        first = min(CLINICAL_COUNT, total)
        load_patients(
            new_people(region, islice(people, first)), publishes=True, chunk=2_500, on_progress=done
        )
        load_patients(new_people(region, people), on_progress=lambda count: done(first + count))


def load_records(region: DemoRegion, accounts: Accounts, stages: Stages) -> None:
    """Write the stories of the first people, every other block in a second process.

    Raises:
        RuntimeError: the second process failed; its own error is on the terminal.
    """
    total = min(CLINICAL_COUNT, region.plan.person_count)
    count = FORK.Value("i", 0)
    # A connection is not shared between processes: each opens its own.
    connection.close()
    parent = os.getpid()

    def stop_when_orphaned() -> None:
        if os.getppid() != parent:
            raise SystemExit("the seeding was cut short")

    helper = FORK.Process(
        target=file_part,
        args=(region, accounts, count),
        kwargs={"part": 1, "tell": stop_when_orphaned},
        daemon=True,
    )
    with stages.stage("Dossiers et cercles de soins", total) as done:
        helper.start()
        file_part(region, accounts, count, part=0, tell=lambda: done(count.value))
        helper.join()
        if helper.exitcode:
            raise RuntimeError("the second half of the records was not written")


def file_part(
    region: DemoRegion,
    accounts: Accounts,
    count: Any,
    *,
    part: int,
    parts: int = PARTS,
    tell: Callable[[], None] = lambda: None,
) -> None:
    """Write the blocks of one part: records, then circles. `count` is a shared number of stories."""
    relax()
    cast = Cast.of(region)
    total = min(CLINICAL_COUNT, region.plan.person_count)
    clerk = Clerk(cast, accounts, midnight(region.plan.today))
    lives = {life.id: life for life in region.lives.values()}
    registrar = Registrar(cast, accounts, lives, datetime.now(UTC))
    for rank, block in enumerate(blocks(Teller(region, total).stories())):
        if rank % parts != part:
            clerk.pass_over(block)
            continue
        rows, circles = Rows(), Circles()
        stays = [clerk.file(story, rows) for story in block]
        registrar.enter(list(zip(block, stays, strict=True)), circles)
        rows.write()
        circles.write()
        with count.get_lock():
            count.value += len(block)
        tell()


def blocks(stories: Iterator[DemoStory]) -> Iterator[list[DemoStory]]:
    """Whole households, some 250 stories at a time."""
    block: list[DemoStory] = []
    for story in stories:
        if len(block) >= BLOCK and story.person.household != block[-1].person.household:
            yield block
            block = []
        block.append(story)
    if block:
        yield block
