"""Every write on the life of accounts."""

from enrs.services.portal.commands.arrivals import (
    ArrivalError,
    open_by_invitation,
    open_own_access,
)
from enrs.services.portal.commands.bridge import (
    accept_number,
    claim_number,
    propose_numbers,
    refuse_number,
)
from enrs.services.portal.commands.closing import (
    close_access,
    close_account,
    confirm_person,
    follow_positions,
    reopen_access,
    sweep_accounts,
)
from enrs.services.portal.commands.codes import CodeError
from enrs.services.portal.commands.enrolment import (
    ask_letter,
    ask_mail,
    ask_referent,
    begin_enrolment,
    open_account,
    prove,
    renew_password,
)
from enrs.services.portal.commands.factors import FactorError, help_factor, use_help
from enrs.services.portal.commands.kiosk import (
    AnnouncementError,
    Words,
    change_announcement,
    end_announcement,
    keep_favourite,
    publish_announcement,
)
from enrs.services.portal.commands.locals import LocalError, merge_local, register_local
from enrs.services.portal.commands.opening import EnrolmentError
from enrs.services.portal.commands.openings import OpeningChoiceError, reset_opening, set_opening
from enrs.services.portal.commands.operators import OpeningError, open_first_account
from enrs.services.portal.commands.persons import InvitationError, invite_person
from enrs.services.portal.commands.posts import (
    PostError,
    end_shift,
    open_shift,
    register_post,
    revoke_post,
    take_over,
)
from enrs.services.portal.commands.referents import (
    ReferentError,
    end_referent,
    name_first_referent,
    name_referent,
    print_letter,
    refuse_enrolment,
    vouch,
)
from enrs.services.portal.commands.reviews import remind_reviews

__all__ = [
    "AnnouncementError",
    "ArrivalError",
    "CodeError",
    "EnrolmentError",
    "FactorError",
    "InvitationError",
    "LocalError",
    "OpeningChoiceError",
    "OpeningError",
    "PostError",
    "ReferentError",
    "Words",
    "accept_number",
    "ask_letter",
    "ask_mail",
    "ask_referent",
    "begin_enrolment",
    "change_announcement",
    "claim_number",
    "close_access",
    "close_account",
    "confirm_person",
    "end_announcement",
    "end_referent",
    "end_shift",
    "follow_positions",
    "help_factor",
    "invite_person",
    "keep_favourite",
    "merge_local",
    "name_first_referent",
    "name_referent",
    "open_account",
    "open_by_invitation",
    "open_first_account",
    "open_own_access",
    "open_shift",
    "print_letter",
    "propose_numbers",
    "prove",
    "publish_announcement",
    "refuse_enrolment",
    "refuse_number",
    "register_local",
    "register_post",
    "remind_reviews",
    "renew_password",
    "reopen_access",
    "reset_opening",
    "revoke_post",
    "set_opening",
    "sweep_accounts",
    "take_over",
    "use_help",
    "vouch",
]
