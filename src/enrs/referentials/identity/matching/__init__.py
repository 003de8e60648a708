"""The matching engine: who may be the same person, how surely, and why.

One truth for two speeds: `comparisons` says how two identities are compared, once in Python and once in
SQL; `model.json` holds the weights that the nightly pass estimates and the online scorer reads.
"""

from enrs.referentials.identity.matching.online import Match, match

__all__ = ["Match", "match"]
