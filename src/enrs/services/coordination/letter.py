"""The letter that answers whoever asked for support: what the team decided, why, and who to call."""

import json
from pathlib import Path

import typst

from enrs.core.ui import filters
from enrs.core.ui.shapes import Banner
from enrs.core.workflow import queries as workflow
from enrs.core.workflow.models import Task, TaskStep
from enrs.services.coordination.models import Case
from enrs.services.coordination.rules import words

LETTER = Path(__file__).parent / "letter.typ"


def decision(task: Task) -> TaskStep | None:
    """The step by which the team answered a request; None while it has not, or has taken it back."""
    if task.state not in words.ANSWERS:
        return None
    made = (one for one in workflow.steps(task) if one.undone_at is None)
    return next((one for one in made if one.to_state == task.state), None)


def pdf(task: Task, step: TaskStep, case: Case | None, banner: Banner | None) -> bytes:
    """The letter as a PDF; what people wrote goes in as data, never as markup."""
    who = ""
    if banner is not None:
        born = filters.date_fr(banner.birth_date) if banner.birth_date else "date inconnue"
        who = f"{filters.person_name(banner)}, {born}"
    data = {
        "team": step.by_organisation or task.assignee_name,
        "to": _addressee(task),
        "day": filters.date_fr(step.at),
        "subject": f"réponse à votre demande d’appui du {filters.date_fr(task.opened_at)}",
        "who": who,
        "body": _body(task, step, case),
        "signature": [line for line in (step.by_name, step.by_label) if line],
    }
    return bytes(typst.compile(LETTER.read_bytes(), sys_inputs={"data": json.dumps(data)}))


def _addressee(task: Task) -> list[str]:
    """Who called, when the desk wrote the request down; else who sent it."""
    if caller := task.details.get("caller"):
        return [str(caller)]
    lines = (task.requester_name, task.requester_label, task.requester_organisation_name)
    return [line for line in lines if line]


def _body(task: Task, step: TaskStep, case: Case | None) -> list[str]:
    found = [words.ANSWERS[task.state]]
    if step.reason:
        found.append(f"{words.REASON_TITLES[task.state]} : {step.reason}")
    if task.state == "included" and case is not None and case.referent_name:
        referent = ", ".join(filter(None, [case.referent_name, case.referent_label]))
        found.append(f"Votre interlocuteur dans notre équipe est {referent}.")
    found += [line for line in step.note.splitlines() if line.strip()]
    found.append(words.ANSWER_END)
    return found
