"""What a view declares about who may open it (pure, so that settings may use it)."""

from dataclasses import dataclass

from enrs.core.access import rules


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may open a view.

    `audience` is `public`, `account` (any signed-in person), `professional`, `patient` (the view takes
    `patient_id` and the access decision on `category` is asked first) or `role` (one of `roles`).
    `reads_at_rest`: the exploitation may read it (GET, HEAD) without a session, for it harms nobody.
    """

    audience: str
    category: str = ""
    action: str = rules.READ
    roles: tuple[str, ...] = ()
    reads_at_rest: bool = False

    @property
    def wants_session(self) -> bool:
        """Whether the exploitation passes this door with an open session alone."""
        return self.audience == "role" and rules.OPERATOR in self.roles


PUBLIC = Permission("public")
ACCOUNT = Permission("account")
PROFESSIONAL = Permission("professional")


def role_permission(*roles: str, reads_at_rest: bool = False) -> Permission:
    """Only the named roles of the matrix; the exploitation's with a session, but for what it `reads_at_rest`."""
    return Permission("role", roles=roles, reads_at_rest=reads_at_rest)


def patient_permission(category: str, action: str = rules.READ) -> Permission:
    """Only who may do `action` on `category` of the record of the view's `patient_id`."""
    return Permission("patient", category=category, action=action)
