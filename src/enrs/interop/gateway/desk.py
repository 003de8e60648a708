"""Answers what partners ask on the listener, in threads of its own: a question never holds the loop."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.db import close_old_connections, connection

from enrs.formats.hl7v2 import frame
from enrs.interop.gateway.reading import Incoming, refuse
from enrs.interop.gateway.writer import Waiting, Writer

logger = logging.getLogger("enrs.gateway")

THREADS = 4
"""Questions answered at once; the others wait their turn, and their connections are read no further."""


class QuestionRefusedError(Exception):
    """The sender may not ask; the sentence says why. What it sent is kept as refused (AR)."""


Ask = Callable[[Incoming, str], bytes]
"""From a question and the name of the certificate shown to the answer, unframed; in a thread."""


def ask_the_database(incoming: Incoming, certificate: str) -> bytes:
    """Answer by `asking.answer`, on this thread's own connection."""
    from enrs.interop.gateway.asking import answer  # noqa: PLC0415  needs Django's apps

    close_old_connections()
    return answer(incoming, certificate)


class Desk:
    """A few threads, and the questions that wait for them."""

    def __init__(self, ask: Ask = ask_the_database) -> None:
        """Take who answers."""
        self._ask = ask
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="enrs-desk")
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, waiting: Waiting, writer: Writer) -> None:
        """Answer a question when a thread is free; a refused one goes to the writer, which keeps it."""
        task = asyncio.create_task(self._settle(waiting, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _settle(self, waiting: Waiting, writer: Writer) -> None:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(
                self._pool, self._guarded, waiting.message, waiting.certificate
            )
        except QuestionRefusedError as error:
            waiting.message = refuse(waiting.message, str(error))
            writer.submit(waiting)
            return
        except Exception as error:
            # The words of the error might name somebody: its kind alone is logged.
            logger.error("question not answered: %s", type(error).__name__)
            waiting.is_kept = False
        else:
            waiting.answer, waiting.is_kept = framed(found), True
        waiting.settled()

    def _guarded(self, incoming: Incoming, certificate: str) -> bytes:
        try:
            return self._ask(incoming, certificate)
        except QuestionRefusedError:
            raise
        except Exception:
            if self._ask is ask_the_database:
                connection.close()
            raise

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False)


def framed(answer: bytes) -> bytes:
    """An answer for the wire: it repeats fields as they came, and a mark of the frame may hide in a cut one."""
    return frame(answer.translate(None, b"\x0b\x1c"))


def short_id(own_id: UUID) -> str:
    """MSH-10 of an answer: 20 characters at most in HL7 v2.5."""
    return own_id.hex[:12] + own_id.hex[-8:]
