"""Reading the parameters of a search, and refusing what the API does not do, in words."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from enrs.core.fhir.rules.parameters import (
    DEFAULT_COUNT,
    FHIR_KINDS,
    MAX_COUNT,
    PATIENT,
    REFERENCE,
    RESULT_PARAMETERS,
    REVERSE_INCLUDES,
    Include,
    Served,
)

ANY_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


class SearchError(ValueError):
    """A search that cannot be answered: `code` is an OperationOutcome issue type, the message French."""

    def __init__(self, message: str, code: str = "invalid") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Filter:
    """One parameter: its values, still escaped, are alternatives."""

    name: str
    kind: str
    values: tuple[str, ...]
    type_modifier: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A search as it was understood. `used` are the pairs that the `self` link repeats."""

    type: str
    filters: tuple[Filter, ...]
    count: int
    sort: str
    is_descending: bool
    includes: tuple[Include, ...]
    reverse_includes: tuple[tuple[str, str], ...]
    only_total: bool
    with_total: bool
    used: tuple[tuple[str, str], ...]


def read_request(
    kind: str, served: Served, pairs: Iterable[tuple[str, str]], *, is_lenient: bool
) -> Request:
    """Read a search's (name, value) pairs.

    Raises SearchError on an unknown parameter (unless `is_lenient`), a modifier or a value that
    cannot be read.
    """
    filters: list[Filter] = []
    results: dict[str, list[str]] = {}
    used: list[tuple[str, str]] = []
    for name, value in pairs:
        if "\x00" in value:
            raise SearchError("Un caractère nul ne se cherche pas.")
        bare = name.partition(":")[0]
        if bare in RESULT_PARAMETERS:
            results.setdefault(bare, []).append(value)
        elif bare in served.parameters:
            filters.append(_filter(name, value, served))
        elif is_lenient:
            continue
        else:
            raise SearchError(
                f"Le paramètre « {name[:60]} » n'existe pas pour {kind}.", "not-supported"
            )
        used.append((name, value))
    sort, is_descending = _sort(results, served)
    summary = _one_of(results, "_summary", ("", "false", "count"))
    count = _count(results)
    return Request(
        type=kind,
        filters=tuple(filters),
        count=count,
        sort=sort,
        is_descending=is_descending,
        includes=tuple(_include(text, kind, served) for text in results.get("_include", [])),
        reverse_includes=tuple(_reverse(text, kind) for text in results.get("_revinclude", [])),
        only_total=summary == "count" or count == 0,
        with_total=_one_of(results, "_total", ("", "none", "estimate", "accurate")) == "accurate",
        used=tuple(pair for pair in used if pair[0] not in ("_page", "_format", "_pretty")),
    )


def _filter(name: str, value: str, served: Served) -> Filter:
    bare, _, modifier = name.partition(":")
    kind = served.parameters[bare]
    if modifier and not (kind in (REFERENCE, PATIENT) and modifier[:1].isupper()):
        raise SearchError(
            f"Le modificateur « :{modifier[:30]} » n'est pas pris en charge pour « {bare} ».",
            "not-supported",
        )
    values = tuple(part for part in split(value, ",") if part)
    if not values:
        raise SearchError(f"Le paramètre « {bare} » est vide.")
    if len(values) > MAX_COUNT:
        raise SearchError(f"« {bare} » a plus de {MAX_COUNT} valeurs.", "too-costly")
    return Filter(bare, kind, values, modifier)


def split(value: str, separator: str) -> list[str]:
    r"""Split on a separator that no `\` precedes (FHIR R4, search, escaping)."""
    return re.split(rf"(?<!\\){re.escape(separator)}", value)


def unescape(value: str) -> str:
    r"""Take the `\` off `\,`, `\|`, `\$` and `\\`."""
    return re.sub(r"\\([,|$\\])", r"\1", value)


def search_text(value: str) -> str:
    """Lower case, without accents, one space between words: as name keys are published."""
    bare = unicodedata.normalize("NFKD", value.replace("œ", "oe").replace("Œ", "OE"))
    kept = "".join(char for char in bare if not unicodedata.combining(char))
    return " ".join(re.findall(r"[a-z0-9]+", kept.lower()))


def read_reference(value: str, targets: Sequence[str], base: str) -> list[str]:
    """The references `Type/id` that a parameter value may mean; raises SearchError."""
    local = value.removeprefix(base + "/")
    kind, _, identifier = local.rpartition("/")
    if kind and kind not in targets:
        raise SearchError(
            f"« {value[:80]} » : une référence à {' ou '.join(targets)} est attendue."
        )
    if not ANY_ID.fullmatch(identifier):
        raise SearchError(f"« {value[:80]} » n'est pas une référence.")
    return [f"{one}/{identifier}" for one in ([kind] if kind else targets)]


def read_uuid(value: str) -> str | None:
    """The canonical text of a UUID; None when it is none (no resource has such an id)."""
    try:
        return str(UUID(value)) if len(value) == 36 else None
    except ValueError:
        return None


def _count(results: dict[str, list[str]]) -> int:
    text = results.get("_count", [str(DEFAULT_COUNT)])[-1]
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise SearchError("« _count » doit être un nombre entier.")
    return min(int(text), MAX_COUNT)


def _sort(results: dict[str, list[str]], served: Served) -> tuple[str, bool]:
    text = results.get("_sort", ["-_lastUpdated"])[-1]
    name = text.removeprefix("-")
    if name not in served.sorts:
        known = ", ".join(served.sorts)
        raise SearchError(
            f"« _sort » accepte : {known} (précédé de - pour décroître).", "not-supported"
        )
    return name, text.startswith("-")


def _one_of(results: dict[str, list[str]], name: str, known: tuple[str, ...]) -> str:
    value = results.get(name, [""])[-1]
    if value not in known:
        raise SearchError(f"« {name}={value[:30]} » n'est pas pris en charge.", "not-supported")
    return value


def _include(text: str, kind: str, served: Served) -> Include:
    source, _, name = text.partition(":")
    name = name.partition(":")[0]
    if source != kind or name not in served.includes:
        raise SearchError(f"« _include={text[:60]} » n'est pas pris en charge.", "not-supported")
    return served.includes[name]


def _reverse(text: str, kind: str) -> tuple[str, str]:
    source, _, name = text.partition(":")
    if (kind, source, name) not in REVERSE_INCLUDES:
        raise SearchError(f"« _revinclude={text[:60]} » n'est pas pris en charge.", "not-supported")
    return source, name


def fhir_kind(kind: str) -> str:
    """The FHIR type of a parameter of ours."""
    return FHIR_KINDS.get(kind, kind)
