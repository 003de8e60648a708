"""Conversations about a person go with the record; the others are their members’."""

from enrs.core.subjects.holdings import hold, hold_under
from enrs.core.subjects.published import publishes_besides

hold("thread", "Conversations")
hold_under(
    "thread",
    thread_message=("thread_id", "Conversations : messages"),
    thread_membership=("thread_id", "Conversations : membres"),
    thread_read_mark=("thread_id", "Conversations : marques de lecture"),
)
hold_under(
    "thread_message",
    thread_former_text=("message_id", "Conversations : anciens textes"),
    thread_attachment=("message_id", "Conversations : pièces jointes"),
)
publishes_besides("thread", "select id from thread_message where thread_id = any(%s::uuid[])")
