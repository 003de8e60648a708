"""Acts on rights: grants, denials, the broken glass, the matrix, the exploitation's sessions."""

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
from enrs.core.access.commands.operating import (
    end_session,
    end_sessions_of,
    open_session,
    settle_sessions,
)
from enrs.core.access.rules.operating import OperatingError

__all__ = [
    "AccessRefusedError",
    "MatrixRefusedError",
    "OperatingError",
    "break_glass",
    "change_matrix",
    "deny",
    "end_denial",
    "end_grants",
    "end_merged_grants",
    "end_session",
    "end_sessions_of",
    "follow_denials",
    "give_grant",
    "open_session",
    "settle_sessions",
]
