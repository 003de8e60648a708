"""What a view declares about who may open it (pure, so that settings may use it)."""

from dataclasses import dataclass

from enrs.core.access import rules


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may open a view.

    `audience` is `public`, `account` (any signed-in person), `professional`, `patient` (the view takes
    `patient_id` and the access decision on `category` is asked first) or `role` (one of `roles`).
    """

    audience: str
    category: str = ""
    action: str = rules.READ
    roles: tuple[str, ...] = ()


PUBLIC = Permission("public")
ACCOUNT = Permission("account")
PROFESSIONAL = Permission("professional")


def role_permission(*roles: str) -> Permission:
    """Only the named roles of the matrix."""
    return Permission("role", roles=roles)


def patient_permission(category: str, action: str = rules.READ) -> Permission:
    """Only who may do `action` on `category` of the record of the view's `patient_id`."""
    return Permission("patient", category=category, action=action)
