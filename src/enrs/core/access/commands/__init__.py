"""Acts on rights: grants, denials, the broken glass, the matrix."""

from enrs.core.access.commands.grants import (
    AccessRefusedError,
    break_glass,
    deny,
    end_denial,
    end_grants,
    end_merged_grants,
    follow_denials,
    give_grant,
)
from enrs.core.access.commands.matrix import MatrixRefusedError, change_matrix

__all__ = [
    "AccessRefusedError",
    "MatrixRefusedError",
    "break_glass",
    "change_matrix",
    "deny",
    "end_denial",
    "end_grants",
    "end_merged_grants",
    "follow_denials",
    "give_grant",
]
