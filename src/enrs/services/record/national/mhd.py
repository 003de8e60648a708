"""The national record by FHIR: IHE MHD over HTTP, with TLS but for a stand-in of this machine."""

import json
import ssl
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import quote, urlencode, urljoin, urlsplit

from enrs.services.record.national.contract import (
    UNKNOWN,
    UNNAMED,
    PublicationRefusedError,
    RecordDownError,
    Tree,
)

SECONDS: Final = 20
MAX_BYTES: Final = 80_000_000
FHIR: Final = "application/fhir+json"
BUSY: Final = "XDSRegistryBusy"
LOCAL: Final = ("localhost", "127.0.0.1")


class MhdRecord:
    """A repository at `base`; `token` is the bearer's, empty where none is asked.

    Raises ValueError on an address that is neither HTTPS nor of this machine.
    """

    def __init__(self, base: str, token: str = "", *, is_stand_in: bool = False) -> None:
        parts = urlsplit(base)
        if parts.scheme != "https" and parts.hostname not in LOCAL:
            raise ValueError("Le dépôt national demande HTTPS.")
        self.base, self.token, self.is_stand_in = base.rstrip("/"), token, is_stand_in

    def provide(self, bundle: Tree) -> str:
        """ITI-65. The entry's identifier is read in the answer to the DocumentReference."""
        answer = self._tree("POST", self.base, bundle)
        kinds = [one["request"]["url"] for one in bundle["entry"]]
        for kind, one in zip(kinds, answer.get("entry", ()), strict=False):
            place = one.get("response", {}).get("location", "")
            if kind == "DocumentReference" and place:
                return str(place).partition("DocumentReference/")[2].partition("/")[0]
        raise PublicationRefusedError(UNNAMED, "La réponse ne nomme pas le document.")

    def relabel(self, entry_id: str, labels: Sequence[Tree]) -> None:
        """Update of the entry's `securityLabel` (a FHIR update of what is there)."""
        address = f"{self.base}/DocumentReference/{quote(entry_id, safe='')}"
        self._tree("PUT", address, self._tree("GET", address) | {"securityLabel": list(labels)})

    def withdraw(self, entry_id: str) -> None:
        """Update of the entry's `status` to `entered-in-error`."""
        address = f"{self.base}/DocumentReference/{quote(entry_id, safe='')}"
        self._tree("PUT", address, self._tree("GET", address) | {"status": "entered-in-error"})

    def find(self, ins: str, oid: str, unique_id: str = "") -> list[Tree]:
        """ITI-67."""
        asked = {"patient.identifier": f"urn:oid:{oid}|{ins}", "status": "current"}
        if unique_id:
            asked["status"] = "current,superseded"
            asked["identifier"] = f"urn:ietf:rfc:3986|urn:oid:{unique_id}"
        found = self._tree("GET", f"{self.base}/DocumentReference?{urlencode(asked)}")
        return [one["resource"] for one in found.get("entry", ())]

    def retrieve(self, address: str) -> bytes:
        """ITI-68; an address of another host is refused, for our token would go with it."""
        whole = urljoin(f"{self.base}/", address)
        if urlsplit(whole)[:2] != urlsplit(self.base)[:2]:
            raise PublicationRefusedError(UNKNOWN, "Le document est à une autre adresse.")
        status, body = self._ask("GET", whole, None, "*/*")
        if status != 200:
            raise _refusal(status, body)
        return body

    def _tree(self, method: str, address: str, tree: Tree | None = None) -> Tree:
        status, body = self._ask(method, address, tree, FHIR)
        if status >= 300:
            raise _refusal(status, body)
        try:
            found: Any = json.loads(body)
        except ValueError as error:
            raise RecordDownError("La réponse ne se lit pas.") from error
        if not isinstance(found, dict):
            raise RecordDownError("La réponse ne se lit pas.")
        return found

    def _ask(self, method: str, address: str, tree: Tree | None, accepts: str) -> tuple[int, bytes]:
        parts = urlsplit(address)
        headers = {"Accept": accepts}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = None
        if tree is not None:
            body, headers["Content-Type"] = json.dumps(tree).encode(), FHIR
        line = (
            HTTPSConnection(parts.netloc, timeout=SECONDS, context=ssl.create_default_context())
            if parts.scheme == "https"
            else HTTPConnection(parts.netloc, timeout=SECONDS)
        )
        try:
            line.request(method, f"{parts.path}?{parts.query}".rstrip("?"), body, headers)
            answer = line.getresponse()
            return answer.status, answer.read(MAX_BYTES)
        except (OSError, HTTPException) as error:
            raise RecordDownError("Le DMP ne répond pas.") from error
        finally:
            line.close()


def _refusal(status: int, body: bytes) -> Exception:
    """A refusal with the code of its OperationOutcome; without one, a door that stays closed is no answer about the
    document (a withdrawn token, a moved address, a busy registry): it waits.
    """
    if status < 400 or status >= 500 or status in (401, 408, 429):
        return RecordDownError(f"Le DMP ne répond pas (HTTP {status}).")
    code, text = UNKNOWN, ""
    try:
        issue = json.loads(body)["issue"][0]
        details = issue.get("details", {})
        code = str(details.get("coding", [{}])[0].get("code", UNKNOWN))
        text = str(details.get("text") or issue.get("diagnostics", ""))
    except (ValueError, LookupError, TypeError, AttributeError):
        text = f"HTTP {status}"
    if code == BUSY or (code == UNKNOWN and status in (403, 404)):
        return RecordDownError(f"Le DMP ne répond pas (HTTP {status}).")
    return PublicationRefusedError(code[:60], text[:300])
