"""The questions of a campaign, written on a screen and published in one act: no file, no developer."""

import json
from collections.abc import Sequence

from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.questionnaires.commands import publish_form, try_form, upload_form
from enrs.core.questionnaires.models import Form
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.vaccination.commands.errors import VaccinationRefusedError
from enrs.services.vaccination.commands.traces import demand_manager
from enrs.services.vaccination.rules.questions import (
    FAMILY,
    LONGEST,
    MOST,
    PREFIXES,
    Question,
    questionnaire,
)


def write_questions(
    *, title: str, questions: Sequence[Question], name: str = "", expected_version: int = 0
) -> Form:
    """Publish questions; with `name`, as the next version of those that were written here under it.

    What was answered keeps the questions under which it was.

    Raises:
        AccessRefusedError: not of the region's team.
        StaleSaveError: somebody published other questions under this name meanwhile.
        VaccinationRefusedError: `name`, `questions` (none, too many, one without words), `not_ours` (a form that
            was not written here).
    """
    demand_manager()
    told = title.strip()
    if not told or len(told) > LONGEST or "\x00" in told:
        raise VaccinationRefusedError("name")
    kept = [Question(one.effect, one.text.strip()) for one in questions]
    if not 1 <= len(kept) <= MOST or not all(_is_sound(one) for one in kept):
        raise VaccinationRefusedError("questions")
    with act():
        if name:
            _demand_current(name, expected_version)
        version = str(expected_version + 1) if name else "1"
        named = name or f"{FAMILY}{uuid7().hex[-12:]}"
        tree = questionnaire(named, version, told, kept)
        made = upload_form(content=json.dumps(tree, ensure_ascii=False).encode())
        return publish_form(form=try_form(form=made))


def _demand_current(name: str, expected_version: int) -> None:
    """Lock the questions that are replaced: of two people at once, the second is told."""
    # Every version: the second waits for the one that the first retires, then looks for what is published by then.
    list(Form.objects.select_for_update().filter(name=name).order_by("id").values_list("id"))
    rows = Form.objects.filter(name=name, status=Form.Status.PUBLISHED)
    found = rows.first() if name.startswith(FAMILY) else None
    if found is None:
        raise VaccinationRefusedError("not_ours")
    if found.version != str(expected_version):
        raise StaleSaveError(found)


def _is_sound(one: Question) -> bool:
    return one.effect in PREFIXES and 3 <= len(one.text) <= LONGEST and "\x00" not in one.text
