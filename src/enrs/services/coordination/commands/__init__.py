"""Every write of coordination."""

from enrs.services.coordination.commands.cases import (
    CaseRefusedError,
    NewContact,
    change_referent,
    close_case,
    include_request,
    open_case,
    write_contact,
)
from enrs.services.coordination.commands.imports import (
    ImportRefusedError,
    map_import,
    run_import,
    start_import,
)
from enrs.services.coordination.commands.requests import ask_support, enter_request

__all__ = [
    "CaseRefusedError",
    "ImportRefusedError",
    "NewContact",
    "ask_support",
    "change_referent",
    "close_case",
    "enter_request",
    "include_request",
    "map_import",
    "open_case",
    "run_import",
    "start_import",
    "write_contact",
]
