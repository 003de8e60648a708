"""Every write on the record: one public function per act of a user or of a feed."""

from enrs.services.record.commands.creation import NotInformedError, open_record
from enrs.services.record.commands.documents import file_document, withdraw_document
from enrs.services.record.commands.entries import (
    NoAllergyRefusedError,
    amend_entry,
    record_entry,
    state_no_allergy,
    withdraw_entry,
)
from enrs.services.record.commands.intake import (
    cancel_intake,
    check_list,
    run_intakes,
    start_intake,
)
from enrs.services.record.commands.lists import (
    ListRefusedError,
    put_on_round,
    remove_list,
    save_list,
    see_news,
    set_favourite,
    take_off_round,
)
from enrs.services.record.commands.marks import (
    MaskRefusedError,
    disclose_document,
    mask_document,
    show_document,
    withhold_document,
)
from enrs.services.record.commands.notes import (
    NoteRefusedError,
    amend_note,
    keep_note,
    withdraw_note,
    write_note,
)
from enrs.services.record.commands.prescribing import (
    PrescriptionRefusedError,
    correct_prescription,
    drop_prescription,
    remove_prescription_line,
    renew_prescription,
    save_prescription_line,
    start_prescription,
)
from enrs.services.record.commands.prescribing_acts import (
    cancel_prescription,
    sign_prescription,
    take_treatments,
)
from enrs.services.record.commands.producing import (
    ProductionRefusedError,
    produce_document,
    withdraw_produced,
)
from enrs.services.record.commands.publishing import (
    PublishingRefusedError,
    publish_to_national,
    replay_publication,
)
from enrs.services.record.commands.publishing_round import run_publications
from enrs.services.record.commands.results import file_results
from enrs.services.record.commands.secrets import SecretRefusedError, keep_secret, lift_secret
from enrs.services.record.commands.stays import record_stay
from enrs.services.record.commands.texts import index_documents

__all__ = [
    "ListRefusedError",
    "MaskRefusedError",
    "NoAllergyRefusedError",
    "NotInformedError",
    "NoteRefusedError",
    "PrescriptionRefusedError",
    "ProductionRefusedError",
    "PublishingRefusedError",
    "SecretRefusedError",
    "amend_entry",
    "amend_note",
    "cancel_intake",
    "cancel_prescription",
    "check_list",
    "correct_prescription",
    "disclose_document",
    "drop_prescription",
    "file_document",
    "file_results",
    "index_documents",
    "keep_note",
    "keep_secret",
    "lift_secret",
    "mask_document",
    "open_record",
    "produce_document",
    "publish_to_national",
    "put_on_round",
    "record_entry",
    "record_stay",
    "remove_list",
    "remove_prescription_line",
    "renew_prescription",
    "replay_publication",
    "run_intakes",
    "run_publications",
    "save_list",
    "save_prescription_line",
    "see_news",
    "set_favourite",
    "show_document",
    "sign_prescription",
    "start_intake",
    "start_prescription",
    "state_no_allergy",
    "take_off_round",
    "take_treatments",
    "withdraw_document",
    "withdraw_entry",
    "withdraw_note",
    "withdraw_produced",
    "withhold_document",
    "write_note",
]
