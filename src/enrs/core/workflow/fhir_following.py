"""A `Task` sent by other software compared with the task as it stands: each difference is one act of the table."""

from typing import Any

from enrs.core.access.actor import Actor
from enrs.core.fhir.rules.dates import instant
from enrs.core.fhir.writing import WriteError
from enrs.core.workflow import commands, fhir, queries, rules
from enrs.core.workflow import fhir_reading as reading
from enrs.core.workflow.models import Addressee, Task

Tree = dict[str, Any]

FIXED = ("intent", "description", "focus", "authoredOn", "reasonCode", "input", "identifier")
"""Elements that are what they were at the opening."""


class Following:
    """Every act that brings a task up to a resource, in an order that lets each of them be taken.

    What is left out stays as it is. Words, priority, deadline and sendings come first, for a final state
    ends rights; hands come after a claim, which puts the task in the caller's own.
    """

    def __init__(self, task: Task, resource: Tree, actor: Actor) -> None:
        self.task, self.resource, self.actor = task, resource, actor
        self.sent = queries.sendings(task)
        self.steps = fhir.shown_steps(task)
        self.shown = fhir.to_fhir(
            task, [one for one in self.sent if one.answer in fhir.LISTED], self.steps
        )

    def run(self) -> None:
        """Do what differs.

        Raises:
            WriteError: an element that does not change, a move that the table does not have.
            AccessRefusedError, TaskRefusedError: what each command refuses.
        """
        self._check_fixed()
        move = self._move()
        self._notes()
        self._priority()
        self._due()
        self._recipients()
        is_first = move is not None and not self.task.table.state(move.target).is_final
        if not is_first:
            self._owner(move)
        if move is not None:
            self._take(move)
        if is_first:
            self._owner(move)

    def _check_fixed(self) -> None:
        is_new = "id" not in self.resource
        for name in FIXED:
            given = self.resource.get(name)
            # A task posted with its order has none of what the order's opening gave.
            if given is None or (is_new and name != "intent"):
                continue
            if given != self.shown.get(name) and not self._is_same_moment(name, given):
                words = f"« {name} » ne change pas après l’ouverture."
                raise WriteError(words, path=f"Task.{name}")
        if reading.workflow_of(self.resource) != self.task.workflow:
            raise WriteError("Une demande ne change pas de sorte.", path="Task.code")
        requester = self.resource.get("requester", {}).get("reference")
        if requester and not is_new and requester != self.shown["requester"].get("reference"):
            raise WriteError("Le demandeur ne change pas.", path="Task.requester")

    def _is_same_moment(self, name: str, given: Any) -> bool:
        return (
            name == "authoredOn"
            and instant(reading.moment(given, "Task.authoredOn")) == self.shown[name]
        )

    # --- the state ---------------------------------------------------------------------------------

    def _move(self) -> rules.Transition | None:
        """The one transition that is asked for, None when the state stays."""
        table = self.task.table
        named = reading.extension(self.resource, reading.ACT).get("valueCode", "")
        if named:
            if named not in table.acts:
                raise WriteError(
                    f"« {named[:60]} » n’est pas un acte de cette demande.", path="Task.extension"
                )
            return table.acts[named]
        state = reading.code_in(self.resource.get("businessStatus", {}), fhir.states_of(table.name))
        status, onward = self.resource["status"], table.from_state(self.task.state)
        if state and state != self.task.state:
            if state not in table.places:
                raise WriteError(
                    f"« {state[:60]} » n’est pas un état de cette demande.",
                    path="Task.businessStatus",
                )
            return self._chosen(
                [one for one in onward if one.target == state], f"« {table.state(state).label} »"
            )
        if status == self.shown["status"] or ("id" not in self.resource and status == "requested"):
            return None
        found = [one for one in onward if table.state(one.target).status == status]
        return self._chosen(found, f"l’état FHIR « {status} »")

    def _chosen(self, found: list[rules.Transition], wanted: str) -> rules.Transition:
        """The transition among those that lead there; the caller's own when several do."""
        if not found:
            words = f"De « {self.task.place.label} », cette demande ne passe pas à {wanted}. {self._possible()}"
            raise WriteError(words, path="Task.status")
        parts = queries.parts_of(self.task, self.actor, self.sent)
        mine = [one for one in found if one.is_for(self.actor.role, parts)]
        if len(mine) > 1:
            names = ", ".join(f"{one.name} ({one.label})" for one in mine)
            words = f"Plusieurs actes mènent à {wanted} : nommez-en un par l’extension {reading.ACT} : {names}."
            raise WriteError(words, code="required", path="Task.extension")
        return mine[0] if mine else found[0]

    def _possible(self) -> str:
        acts = queries.acts_for(self.task, self.actor, self.sent)
        if not acts:
            return "Aucun acte ne vous revient ici."
        return f"Vous pouvez : {', '.join(f'{one.name} ({one.label})' for one in acts)}."

    def _take(self, move: rules.Transition) -> None:
        given = self.resource.get("statusReason", {})
        # The reason read is that of the last move: sent back as it was, it is not that of the next one.
        why = {} if given == self.shown.get("statusReason") else given
        self.task = commands.move_task(
            task=self.task, transition=move.name, reason=why.get("text", ""),
            reason_code=reading.code_in(why, fhir.reasons_of(self.task.workflow)),
            expected_version=self.task.version,
        )  # fmt: skip

    # --- the rest ----------------------------------------------------------------------------------

    def _notes(self) -> None:
        known = {(one["text"], one["time"]) for one in self.shown.get("note", ())}
        for one in self.resource.get("note", ()):
            at = instant(reading.moment(one["time"], "Task.note.time")) if "time" in one else ""
            if (one["text"], at) not in known:
                step = commands.comment_task(task=self.task, note=one["text"])
                self.task = step.task

    def _priority(self) -> None:
        priority = self.resource.get("priority", self.task.priority)
        if priority != self.task.priority:
            self.task = commands.set_priority(
                task=self.task, priority=priority, expected_version=self.task.version
            )

    def _due(self) -> None:
        path = "Task.restriction.period.end"
        given = self.resource.get("restriction", {}).get("period", {}).get("end", "")
        due_at = reading.moment(given, path) if given else None
        if due_at is None or (self.task.due_at and instant(due_at) == instant(self.task.due_at)):
            return
        self.task = commands.set_due(
            task=self.task, due_at=due_at, expected_version=self.task.version
        )

    def _recipients(self) -> None:
        restriction = self.resource.get("restriction", {})
        if "recipient" not in restriction:
            return
        known = {
            fhir.literal(self.task, one.kind, one.grantee_id): one
            for one in self.sent
            if one.answer in fhir.LISTED
        }
        given = {one.get("reference", ""): one for one in restriction["recipient"]}
        fresh = [one for text, one in given.items() if text not in known]
        asked = reading.parties(fresh, self.actor, "Task.restriction.recipient")
        for text, sending in known.items():
            if text in given:
                self._answer(sending, given[text])
            elif sending.is_pending or sending.answer == "agreed":
                self.task = commands.withdraw_sending(addressee=sending)
        if asked:
            made = commands.add_addressees(
                task=self.task, addressees=asked, expected_version=self.task.version
            )
            self.task = made[0].task if made else self.task

    def _answer(self, sending: Addressee, reference: Tree) -> None:
        answer, reason = reading.answer_given(reference)
        if not answer or answer == sending.answer:
            return
        if answer not in rules.ANSWERABLE:
            words = f"Un destinataire répond par : {', '.join(sorted(rules.ANSWERABLE))}."
            raise WriteError(words, path="Task.restriction.recipient")
        self.task = commands.answer_sending(addressee=sending, answer=answer, reason=reason)

    def _owner(self, move: rules.Transition | None) -> None:
        owner = self.resource.get("owner", {})
        hands = fhir.hands_of(self.task)
        if not owner or owner in hands or (hands and owner == self.shown.get("owner")):
            return
        text = owner.get("reference", "")
        if text and text in {one.get("reference") for one in hands}:
            return
        if move is not None and move.claims and reading.key_of(text) in self.actor.grantees:
            return
        to = reading.parties([owner], self.actor, "Task.owner")[0]
        self.task = commands.assign_task(task=self.task, to=to, expected_version=self.task.version)
