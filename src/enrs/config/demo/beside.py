"""What stands beside the activities of the demo's first professionals: their mailboxes and their skills."""

from collections.abc import Iterable, Iterator

from enrs.config.demo.shapes import DemoProfessional, DemoStructure

PEOPLE, PLACES = 300, 40
"""The first ones, those of the cast among them: a region's whole files would double its publication."""
MAILBOX_COLUMNS = (
    "Type de BAL", "Adresse BAL", "Identification Nationale PP", "Identification Structure",
    "Service Rattachement", "Dématérialisation",
)  # fmt: skip
SKILL_COLUMNS = (
    "Identification nationale PP", "Code type savoir-faire", "Libellé type savoir-faire",
    "Code savoir-faire", "Libellé savoir-faire",
)  # fmt: skip
SERVICES = ("Secrétariat", "Urgences", "Bureau des admissions")


def mailbox_lines(
    people: Iterable[DemoProfessional], places: Iterable[DemoStructure]
) -> Iterator[str]:
    """Yield the file of mailboxes; its domain ends in `.example`, which nobody can own.

    Everyone has a personal one, who works in a hospital one for it too, and each place those of services.
    """
    yield _line(*MAILBOX_COLUMNS)
    for person in people:
        number, name = "8" + person.rpps, person.email.partition("@")[0]
        yield _line("PER", f"{name}@pro.mssante.example", number, "", "", "")
        work = next((one.structure for one in person.activities if one.mode_code == "S"), None)
        if work is not None:
            address = f"{name}@f{work.finess}.mssante.example".lower()
            yield _line("PER", address, number, "1" + work.finess, "", "")
    for place in places:
        for rank, service in enumerate(SERVICES):
            address = f"service{rank}@f{place.finess}.mssante.example".lower()
            yield _line("ORG", address, "", "1" + place.finess, service, "O" if rank == 0 else "")


def skill_lines(people: Iterable[DemoProfessional]) -> Iterator[str]:
    """Yield the file of skills: the speciality of whoever has one."""
    yield _line(*SKILL_COLUMNS)
    for person in people:
        if person.skill_code:
            yield _line(
                "8" + person.rpps, "S", "Spécialité ordinale", person.skill_code, person.skill
            )


def _line(*cells: str) -> str:
    return "|".join(cells) + "|\n"
