"""Every write of vaccination."""

from enrs.services.vaccination.commands.acts import (
    amend_act,
    declare_act,
    restore_act,
    withdraw_act,
)
from enrs.services.vaccination.commands.campaigns import (
    CampaignContent,
    VaccineContent,
    amend_campaign,
    amend_vaccine,
    create_campaign,
    create_vaccine,
    take_in_shipped,
)
from enrs.services.vaccination.commands.errors import VaccinationRefusedError
from enrs.services.vaccination.commands.events import (
    NewEvent,
    declare_adverse_event,
    withdraw_adverse_event,
)
from enrs.services.vaccination.commands.files import open_vaccination_file
from enrs.services.vaccination.commands.papers import attest, tell_doctor
from enrs.services.vaccination.commands.prescriptions import (
    prescribe,
    prescribe_exception,
    withdraw_prescription,
)
from enrs.services.vaccination.commands.questions import write_questions

__all__ = [
    "CampaignContent",
    "NewEvent",
    "VaccinationRefusedError",
    "VaccineContent",
    "amend_act",
    "amend_campaign",
    "amend_vaccine",
    "attest",
    "create_campaign",
    "create_vaccine",
    "declare_act",
    "declare_adverse_event",
    "open_vaccination_file",
    "prescribe",
    "prescribe_exception",
    "restore_act",
    "take_in_shipped",
    "tell_doctor",
    "withdraw_act",
    "withdraw_adverse_event",
    "withdraw_prescription",
    "write_questions",
]
