"""A stand-in for the national record (DMP), by IHE MHD over HTTP: it takes documents, refuses as the real one does,
answers questions. For demos and tests only. What it was given is kept in one file of the demonstration's state, with
the name of the database that it came from: a new database begins with an empty repository.

It lives in the process of the stand-in for Pro Santé Connect, under `/dmp/fhir`. Nobody whose birth name is in
`CLOSED` has a record there, so that a refusal may be seen.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import RLock
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from enrs.config.demo.stand_in import citizens
from enrs.config.demo.stand_in.pages import first_values, server_of
from enrs.config.state import write_json
from enrs.formats.cda.model import INS_OIDS
from enrs.formats.ins import check_ins

Tree = dict[str, Any]

PATH: Final = "/dmp/fhir"
CLOSED: Final = frozenset({"SANSDMP", "FERME"})
FHIR: Final = "application/fhir+json"
WITHDRAWN: Final = "entered-in-error"
MAX_BYTES: Final = 80_000_000
NEEDED: Final = (
    "masterIdentifier",
    "type",
    "category",
    "author",
    "custodian",
    "securityLabel",
    "content",
    "context",
)


class RefusedError(ValueError):
    """A submission that is refused: its HTTP status and its national code; the message is its words."""

    def __init__(self, code: str, text: str, status: int = 422) -> None:
        super().__init__(text)
        self.code, self.status = code, status


@dataclass
class Repository:
    """What was handed over: entries by identifier, bytes by identifier. `is_down` answers nothing but 503.

    With `kept`, it is read from that file if `origin` is the same, and written there after each change.
    """

    base: str = PATH
    kept: Path | None = None
    origin: str = ""
    entries: dict[str, Tree] = field(default_factory=dict)
    contents: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    submissions: dict[str, Tree] = field(default_factory=dict)
    is_down: bool = False
    lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        if self.kept is None or not self.kept.exists():
            return
        try:
            tree = json.loads(self.kept.read_text(encoding="utf-8"))
            if tree["origin"] != self.origin:
                return
            contents = {
                key: (mime, b64decode(text)) for key, (mime, text) in tree["contents"].items()
            }
            entries, submissions = dict(tree["entries"]), dict(tree["submissions"])
        except (ValueError, LookupError, TypeError):
            return  # A file of another release: it begins anew.
        self.entries, self.contents, self.submissions = entries, contents, submissions

    def keep(self) -> None:
        """Write everything to the file, in one step."""
        if self.kept is None:
            return
        contents = {
            key: (mime, b64encode(data).decode()) for key, (mime, data) in self.contents.items()
        }
        write_json(
            self.kept,
            {
                "origin": self.origin,
                "entries": self.entries,
                "contents": contents,
                "submissions": self.submissions,
            },
        )

    def provide(self, bundle: Tree) -> Tree:
        """ITI-65. The same submission again is answered as the first time."""
        parts = {
            one["resource"]["resourceType"]: one["resource"] for one in bundle.get("entry", ())
        }
        if set(parts) != {"List", "DocumentReference", "Binary"}:
            raise RefusedError(
                "XDSRepositoryMetadataError", "Lot attendu : List, DocumentReference, Binary."
            )
        entry, number = parts["DocumentReference"], parts["List"]["identifier"][0]["value"]
        if number in self.submissions:
            return self.submissions[number]
        content = b64decode(parts["Binary"]["data"])
        self._check(entry, content)
        key, place = str(uuid4()), str(uuid4())
        kept = entry | {"id": key}
        kept["content"][0]["attachment"]["url"] = f"{self.base}/Binary/{place}"
        self._replace(entry)
        self.entries[key] = kept
        self.contents[place] = (parts["Binary"]["contentType"], content)
        places = {
            "List": f"List/{uuid4()}",
            "DocumentReference": f"DocumentReference/{key}",
            "Binary": f"Binary/{place}",
        }
        answer = {
            "resourceType": "Bundle", "type": "transaction-response",
            "entry": [
                {"response": {"status": "201 Created", "location": f"{places[one['request']['url']]}/_history/1"}}
                for one in bundle["entry"]
            ],
        }  # fmt: skip
        self.submissions[number] = answer
        return answer

    def _check(self, entry: Tree, content: bytes) -> None:
        for name in NEEDED:
            if not entry.get(name):
                raise RefusedError("XDSRepositoryMetadataError", f"{name} manque.")
        for name in ("facilityType", "practiceSetting", "event", "period"):
            if not entry["context"].get(name):
                raise RefusedError("XDSRepositoryMetadataError", f"context.{name} manque.")
        patient = _patient(entry)
        ins, oid = _ins(patient)
        if not ins:
            raise RefusedError("903", "INS absent.")
        if check_ins(ins, oid):
            raise RefusedError("XDSUnknownPatientId", "Matricule inconnu.")
        if patient["name"][0]["family"].upper().replace(" ", "") in CLOSED:
            raise RefusedError("902", "Pas de DMP ouvert pour cette personne.")
        self._check_content(entry, content)
        self._check_replaced(entry, (ins, oid))

    def _check_content(self, entry: Tree, content: bytes) -> None:
        attachment = entry["content"][0]["attachment"]
        digest = hashlib.sha1(content, usedforsecurity=False).digest()
        if b64decode(attachment["hash"]) != digest or attachment["size"] != len(content):
            raise RefusedError(
                "XDSRepositoryMetadataError",
                "Le condensé ou la taille ne sont pas ceux du document.",
            )
        if self._of(entry["masterIdentifier"]["value"]):
            raise RefusedError(
                "XDSDuplicateUniqueIdInRegistry", "Ce numéro est déjà celui d’un document."
            )

    def _check_replaced(self, entry: Tree, number: tuple[str, str]) -> None:
        for former in _replaced(entry):
            known = self._of(former)
            if known is None:
                raise RefusedError("XDSReplaceFailed", "Le document remplacé n’est pas connu.")
            if _ins(_patient(known)) != number:
                raise RefusedError(
                    "XDSPatientIdDoesNotMatch", "Le document remplacé est d’une autre personne."
                )

    def _of(self, number: str) -> Tree | None:
        return next(
            (one for one in self.entries.values() if one["masterIdentifier"]["value"] == number),
            None,
        )

    def _replace(self, entry: Tree) -> None:
        for former in _replaced(entry):
            known = self._of(former)
            if known is not None:
                known["status"] = "superseded"

    def update(self, key: str, entry: Tree) -> Tree:
        """An update of who sees a document, or of its withdrawal (`entered-in-error`); nothing else changes."""
        known = self.entries[key]
        known["securityLabel"] = entry["securityLabel"]
        if entry.get("status") == WITHDRAWN:
            known["status"] = WITHDRAWN
        elif known["status"] == WITHDRAWN:
            raise RefusedError("XDSUnknownUniqueId", "Ce document a été supprimé.")
        return known

    def find(self, asked: Mapping[str, str]) -> Tree:
        """ITI-67: `patient.identifier` and `status`, one document by `identifier`."""
        oid, _, ins = asked.get("patient.identifier", "").removeprefix("urn:oid:").partition("|")
        number = asked.get("identifier", "").partition("|")[2]
        states = asked.get("status", "").split(",")
        found = [
            one for one in reversed(list(self.entries.values()))
            if _ins(_patient(one)) == (ins, oid) and one["status"] in states
            and number in ("", one["masterIdentifier"]["value"])
        ]  # fmt: skip
        return {"resourceType": "Bundle", "type": "searchset", "total": len(found),
                "entry": [{"resource": one} for one in found]}  # fmt: skip


def _patient(entry: Tree) -> Tree:
    found = [one for one in entry.get("contained", ()) if one["resourceType"] == "Patient"]
    return dict(found[0]) if found else {"identifier": [], "name": [{"family": ""}]}


def _ins(patient: Tree) -> tuple[str, str]:
    for one in patient["identifier"]:
        oid = one["system"].removeprefix("urn:oid:")
        if oid in INS_OIDS:
            return one["value"], oid
    return "", ""


def _replaced(entry: Tree) -> list[str]:
    return [
        one["target"]["identifier"]["value"]
        for one in entry.get("relatesTo", ())
        if one["code"] == "replaces"
    ]


class Handler(citizens.Handler):
    """The repository beside the other stand-ins, on one address."""

    repository: Repository

    def do_GET(self) -> None:  # noqa: N802  the server calls it so
        parts = urlsplit(self.path)
        if not parts.path.startswith(f"{PATH}/"):
            super().do_GET()
            return
        kind, _, key = parts.path.removeprefix(f"{PATH}/").partition("/")
        if self.repository.is_down:
            self._say({"resourceType": "OperationOutcome", "issue": []}, 503)
        elif kind == "DocumentReference" and not key:
            self._say(self.repository.find(first_values(parts.query)))
        elif kind == "DocumentReference" and key in self.repository.entries:
            self._say(self.repository.entries[key])
        elif kind == "Binary" and key in self.repository.contents:
            mime, content = self.repository.contents[key]
            self.answer(content, mime)
        else:
            self._refuse(RefusedError("XDSUnknownUniqueId", "Inconnu ici.", 404))

    def do_POST(self) -> None:  # noqa: N802  the server calls it so
        if urlsplit(self.path).path.rstrip("/") != PATH:
            super().do_POST()
            return
        self._take(self.repository.provide)

    def do_PUT(self) -> None:  # noqa: N802  the server calls it so
        key = urlsplit(self.path).path.removeprefix(f"{PATH}/DocumentReference/")
        if key not in self.repository.entries:
            self._refuse(RefusedError("XDSUnknownUniqueId", "Inconnu ici.", 404))
            return
        self._take(lambda tree: self.repository.update(key, tree))

    def _take(self, work: Any) -> None:
        size = min(int(self.headers.get("Content-Length") or 0), MAX_BYTES)
        body = self.rfile.read(size)
        if self.repository.is_down:
            self._say({"resourceType": "OperationOutcome", "issue": []}, 503)
            return
        try:
            with self.repository.lock:
                answer = work(json.loads(body))
                self.repository.keep()
            self._say(answer)
        except RefusedError as error:
            self._refuse(error)
        except (ValueError, LookupError, TypeError):
            self._refuse(RefusedError("XDSRepositoryMetadataError", "Lot illisible.", 400))

    def _refuse(self, error: RefusedError) -> None:
        coding = {"code": error.code}
        issue = {
            "severity": "error",
            "code": "processing",
            "details": {"coding": [coding], "text": str(error)},
        }
        self._say({"resourceType": "OperationOutcome", "issue": [issue]}, error.status)

    def _say(self, tree: Mapping[str, Any], status: int = 200) -> None:
        self.answer(json.dumps(tree).encode(), FHIR, status)


def serve(repository: Repository, host: str, port: int, **others: Any) -> ThreadingHTTPServer:
    """A server ready to run, with the other stand-ins of its address; `serve_forever` is the caller's."""
    return server_of(Handler, host, port, repository=repository, **others)
