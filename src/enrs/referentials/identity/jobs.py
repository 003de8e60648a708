"""Periodic work: questions to the INSi, the verification of every INS, files of people, the unit's counts."""

import time
from datetime import timedelta

from django.conf import settings
from django.db import connection

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.jobs.registry import beside, every
from enrs.core.jobs.upkeep import Upkeep, keep_up, past_rows
from enrs.referentials.identity import insi
from enrs.referentials.identity.commands import (
    answers,
    asking,
    count_quality,
    list_to_mend,
    remind_of_questions,
    runs,
)
from enrs.referentials.identity.commands.active_files import forget_lines, past_lines
from enrs.referentials.identity.commands.active_steps import is_any_waiting, run_active_files
from enrs.referentials.identity.commands.answers import Question
from enrs.referentials.identity.commands.probes import run_probes, sweep_probes
from enrs.referentials.identity.insi.contract import SEVERAL, Found, Insi, InsiDownError, attempts
from enrs.referentials.identity.models import InsCheck, InsRun

ROUND_SECONDS = 60
"""How long one round of the campaign goes on before the worker looks elsewhere."""

PATIENCE = timedelta(minutes=10)
"""A campaign whose service is down waits so long before it tries again."""


def ask_waiting() -> None:
    """Ask the national service every question that is due; in a thread of its own, for it may be slow."""
    try:
        with acting(SYSTEM):
            ask_due(insi.service())
    finally:
        if settings.MODE != "test":
            connection.close()


def ask_due(service: Insi | None) -> None:
    """Every question that is due, as the platform."""
    while questions := answers.take_questions():
        for one in questions:
            _ask(service, one)


def _ask(service: Insi | None, question: Question) -> None:
    kind = question.check.kind
    if kind == InsCheck.Kind.QUALIFY:
        answers.settle_qualification(question)
        return
    if service is None:
        answers.put_off(question, "not_connected")
        return
    try:
        if kind == InsCheck.Kind.VERIFY:
            verdict = service.verify(answers.claim_of(question.identity))
            answers.settle_verification(question, verdict)
        else:
            answers.settle_search(question, _search(service, question))
    except InsiDownError as error:
        answers.put_off(question, error.code)


def _search(service: Insi, question: Question) -> Found:
    """By the card, or by the traits: with more of them as long as several people answer."""
    if question.check.kind == InsCheck.Kind.CARD:
        return service.by_card(asking.card_of(question.check))
    found = Found(SEVERAL)
    for asked in attempts(question.asked):
        found = service.by_traits(asked)
        if found.code != SEVERAL:
            break
    return found


def verify_all() -> None:
    """Some batches of the campaign under way; none is under way most of the year."""
    try:
        with acting(SYSTEM):
            service = insi.service()
            if service is not None:
                runs.begin_if_due()
                verify_due(service, time.monotonic() + ROUND_SECONDS)
    finally:
        if settings.MODE != "test":
            connection.close()


def verify_due(service: Insi, until: float) -> None:
    """Batches of the campaign under way, as the platform, until this moment of the monotonic clock."""
    while time.monotonic() < until:
        run = runs.lease_run()
        if run is None or not _step(service, run):
            return


def _step(service: Insi, run: InsRun) -> bool:
    """One batch handed in, or one collected; False when there is nothing to do before a while."""
    before = run.cursor
    try:
        if run.receipt:
            verdicts = service.collect(run.receipt)
            if verdicts is not None:
                runs.settle_batch(run, verdicts)
        else:
            runs.take_back(run, "no_receipt", before)
            claims = runs.next_batch(run)
            if not claims:
                return False
            runs.record_receipt(run, service.hand_in(claims))
    except InsiDownError as error:
        if not run.receipt:
            runs.take_back(run, error.code, before)
        runs.release_run(run, wait=PATIENCE, error=error.code)
        return False
    runs.release_run(run)
    return True


_begin = beside("ins_questions", ask_waiting)


def ask_when_due() -> bool:
    """Begin to ask if a question is due: mostly none is, and no thread nor connection is opened for it."""
    return answers.is_any_due() and bool(_begin())


def work_on_files() -> None:
    """Batches of active files, in turn; in a thread of its own, for a large file takes an hour."""
    until = time.monotonic() + ROUND_SECONDS
    while time.monotonic() < until and run_active_files():
        continue


_work = beside("active_files", work_on_files)


def work_on_files_when_any() -> bool:
    """Begin when a file waits for the worker: mostly none does."""
    return is_any_waiting() and bool(_work())


def run_quality() -> bool:
    """One count is the whole work: no second round is wanted."""
    count_quality()
    list_to_mend()
    return False


every("identity.ins_questions", minutes=0.02, run=ask_when_due)
every("identity.ins_campaign", minutes=1, run=beside("ins_campaign", verify_all))
every("identity.probes", minutes=0.1, run=run_probes)
every("identity.probes.erased", minutes=10, run=sweep_probes)
every("identity.quality", minutes=24 * 60, run=run_quality)
every("identity.reminders", minutes=60, run=remind_of_questions)
every("identity.active_files", minutes=0.02, run=work_on_files_when_any)
keep_up(
    Upkeep(
        "identity.active_lines",
        "Fichiers actifs : lignes lues",
        "7 jours après l’import ou l’essai ; aussitôt abandonnés",
        lambda: past_rows(past_lines()),
        forget_lines,
    ),
    minutes=10,
)
