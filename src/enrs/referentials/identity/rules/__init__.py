"""Pure decisions on identities: keys of names, INS statuses, comparison of traits, best traits.

Sources: RNIV (référentiel national d'identitovigilance) for the statuses, the strict traits and what
lowers a status; ANS for the OIDs of the INS.
"""

from enrs.referentials.identity.rules.comparison import (
    BIRTH_PLACE_ONLY,
    CONCORDANT,
    DISCORDANT,
    Comparison,
    compare,
    same_given,
)
from enrs.referentials.identity.rules.decisions import (
    DECISIONS,
    PROPOSALS,
    SEVERITY_SHORT,
    SEVERITY_TONES,
    SEVERITY_WORDS,
)
from enrs.referentials.identity.rules.folding import (
    BY_SERVICE,
    NEVER,
    Folded,
    Told,
    digest,
    fold,
    obtained_stamp,
)
from enrs.referentials.identity.rules.moves import (
    ATTRIBUTES,
    BARRED,
    HOMONYM,
    MOVES,
    NEXT,
    REFUSALS,
    Facts,
    Move,
    MoveRefusedError,
    Refusal,
    Standing,
    decide,
    refusal,
)
from enrs.referentials.identity.rules.names import given_key, name_key, plain, split_birth_name
from enrs.referentials.identity.rules.overlays import overlay
from enrs.referentials.identity.rules.precedence import Candidate, best, ranked
from enrs.referentials.identity.rules.proofs import (
    COLLECTIONS,
    PROOFS,
    first_of,
    may_be_minor,
    proof_label,
    refused_proof,
)
from enrs.referentials.identity.rules.quality import MISSING_TRAITS, delay_words, rounded, share
from enrs.referentials.identity.rules.search import SearchFields, parse_search
from enrs.referentials.identity.rules.severities import SEVERITIES
from enrs.referentials.identity.rules.statuses import (
    DOUBTFUL,
    EMERGENCY,
    FICTIVE,
    UNTRUSTED,
    Settled,
    allowed_statuses,
    settle,
    shown_status,
)
from enrs.referentials.identity.rules.told import as_told, traits_of
from enrs.referentials.identity.rules.traits import (
    COMPLEMENTARY,
    STRICT,
    TRAIT_FIELDS,
    IdentityRefusedError,
    KeptAsideError,
    Traits,
)

__all__ = [
    "ATTRIBUTES",
    "BARRED",
    "BIRTH_PLACE_ONLY",
    "BY_SERVICE",
    "COLLECTIONS",
    "COMPLEMENTARY",
    "CONCORDANT",
    "DECISIONS",
    "DISCORDANT",
    "DOUBTFUL",
    "EMERGENCY",
    "FICTIVE",
    "HOMONYM",
    "MISSING_TRAITS",
    "MOVES",
    "NEVER",
    "NEXT",
    "PROOFS",
    "PROPOSALS",
    "REFUSALS",
    "SEVERITIES",
    "SEVERITY_SHORT",
    "SEVERITY_TONES",
    "SEVERITY_WORDS",
    "STRICT",
    "TRAIT_FIELDS",
    "UNTRUSTED",
    "Candidate",
    "Comparison",
    "Facts",
    "Folded",
    "IdentityRefusedError",
    "KeptAsideError",
    "Move",
    "MoveRefusedError",
    "Refusal",
    "SearchFields",
    "Settled",
    "Standing",
    "Told",
    "Traits",
    "allowed_statuses",
    "as_told",
    "best",
    "compare",
    "decide",
    "delay_words",
    "digest",
    "first_of",
    "fold",
    "given_key",
    "may_be_minor",
    "name_key",
    "obtained_stamp",
    "overlay",
    "parse_search",
    "plain",
    "proof_label",
    "ranked",
    "refusal",
    "refused_proof",
    "rounded",
    "same_given",
    "settle",
    "share",
    "shown_status",
    "split_birth_name",
    "traits_of",
]
