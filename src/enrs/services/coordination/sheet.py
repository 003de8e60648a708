"""The fiche de synthèse of a case: one page on who the person is, what is done, by whom, and what is next."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst
from django.utils import timezone

from enrs.core.plans import queries as plans
from enrs.core.plans.kinds import Teammate
from enrs.core.plans.queries import Whole
from enrs.core.ui import filters
from enrs.core.ui.shapes import Banner
from enrs.services.coordination import queries
from enrs.services.coordination.models import Case, Contact

SHEET = Path(__file__).parent / "sheet.typ"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the fiche shows; `plan` is the newest PPCS, `grid` the newest finished AGGIR grid."""

    case: Case
    team: list[Teammate]
    contacts: list[Contact]
    plan: Whole | None
    grid: queries.Grid | None


def content(case: Case) -> Sheet:
    """Gather the fiche in a constant number of statements."""
    found = plans.plans_of(case.patient_id, "ppcs")
    done = [one for one in queries.grids(case.patient_id) if one.gir]
    return Sheet(
        case=case,
        team=queries.teammates(case.patient_id),
        contacts=queries.contacts(case, 8),
        plan=plans.whole(found[0]) if found else None,
        grid=done[0] if done else None,
    )


def pdf(sheet: Sheet, banner: Banner | None) -> bytes:
    """The fiche as a PDF; what people wrote goes in as data, never as markup."""
    data = json.dumps(_data(sheet, banner))
    return bytes(typst.compile(SHEET.read_bytes(), sys_inputs={"data": data}))


def _data(sheet: Sheet, banner: Banner | None) -> dict[str, Any]:
    case, whole = sheet.case, sheet.plan
    who = ""
    if banner is not None:
        born = filters.date_fr(banner.birth_date) if banner.birth_date else "date inconnue"
        who = f"{filters.person_name(banner)} · {born} · {banner.sex_words} · {banner.status_words}"
    referent = ", ".join(filter(None, [case.referent_name, case.referent_label]))
    facts = [
        ["Équipe", case.organisation_name],
        ["Référent", referent or "Non désigné"],
        ["Demande", f"{filters.date_fr(case.requested_at)}, {case.get_origin_display().lower()}"],
        ["Inclusion", filters.date_fr(case.opened_at)],
        ["Dernier contact", filters.date_fr(case.last_contact_at) or "Aucun"],
        ["Autonomie", _gir(sheet.grid)],
        ["Besoin", case.need or "Non renseigné"],
    ]
    if case.closed_at:
        facts.append(["Clôture", f"{filters.date_fr(case.closed_at)}. {case.closed_note}"])
    return {
        "who": who,
        "printed": f"Imprimé le {filters.moment(timezone.now())}",
        "facts": facts,
        "team": [[one.name, one.role] for one in sheet.team],
        "wishes": whole.plan.wishes if whole else "",
        "synthesis": whole.plan.synthesis if whole else "",
        "problems": [[str(one.priority), one.label] for one in whole.problems] if whole else [],
        "actions": [
            [one.text, one.who_label, filters.date_fr(one.due_on), one.get_status_display()]
            for one in whole.actions
        ]
        if whole
        else [],
        "contacts": [
            [filters.date_fr(one.at), one.get_kind_display(), one.author_name, one.text]
            for one in sheet.contacts
        ],
    }


def _gir(grid: queries.Grid | None) -> str:
    if grid is None or grid.gir is None:
        return "Non évaluée"
    day = filters.date_fr(grid.answer.completed_at)
    return f"GIR {grid.gir.gir} (groupe {grid.gir.letter}, rang {grid.gir.rank}), le {day}"
