"""Mail by SMTP (RFC 5321): text and HTML, one recipient each, and an honest answer when it breaks."""

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.template.loader import render_to_string

from enrs.core.notifications.channels.contract import (
    Outgoing,
    PermanentError,
    TemporaryError,
    UncertainError,
)

SECONDS = 20
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SmtpChannel:
    """`smtp://user:password@host:587` (STARTTLS, unless the host is this machine) or `smtps://`.

    SMTP has no idempotency key: once the text has left, an answer that does not come is uncertain.
    """

    is_idempotent = False

    def __init__(self, url: str, sender: str) -> None:
        self.server = urlsplit(url)
        self.sender = sender

    def send(self, outgoing: Outgoing) -> str:
        """Send one mail; its `Message-ID` is made from the key."""
        data = self._message(outgoing).as_bytes()
        server = self._opened()
        try:
            self._envelope(server, outgoing.recipient)
            return self._data(server, data, outgoing.key)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _message(self, outgoing: Outgoing) -> EmailMessage:
        message = EmailMessage()
        try:
            message["From"] = self.sender
            message["To"] = outgoing.recipient
            message["Subject"] = outgoing.subject
            message["Date"] = formatdate(usegmt=True)
            message["Message-ID"] = f"<{outgoing.key}@{self.sender.rpartition('@')[2]}>"
            message["Auto-Submitted"] = "auto-generated"
        except ValueError as error:
            raise PermanentError("En-tête refusé") from error
        # Who reads plain text has no button.
        message.set_content("\n\n".join(filter(None, [outgoing.text, outgoing.link])))
        context = {
            "subject": outgoing.subject,
            "paragraphs": outgoing.text.split("\n\n"),
            "link": outgoing.link,
            "region": settings.REGION.name,
        }
        message.add_alternative(
            render_to_string("notifications/mail.html", context), subtype="html"
        )
        return message

    def _opened(self) -> smtplib.SMTP:
        host, port = self.server.hostname or "localhost", self.server.port
        context = ssl.create_default_context()
        try:
            if self.server.scheme == "smtps":
                return self._signed_in(
                    smtplib.SMTP_SSL(host, port or 465, timeout=SECONDS, context=context)
                )
            server = smtplib.SMTP(host, port or 25, timeout=SECONDS)
            if host not in LOOPBACK:
                server.starttls(context=context)
            return self._signed_in(server)
        except (OSError, smtplib.SMTPException) as error:
            raise TemporaryError(f"Serveur de courriel : {type(error).__name__}") from error

    def _signed_in(self, server: smtplib.SMTP) -> smtplib.SMTP:
        if self.server.username:
            server.login(unquote(self.server.username), unquote(self.server.password or ""))
        server.ehlo_or_helo_if_needed()
        return server

    def _envelope(self, server: smtplib.SMTP, recipient: str) -> None:
        try:
            for code, words in (server.mail(self.sender), server.rcpt(recipient)):
                _refuse(code, words)
        except (OSError, smtplib.SMTPException) as error:
            raise TemporaryError(f"Serveur de courriel : {type(error).__name__}") from error

    @staticmethod
    def _data(server: smtplib.SMTP, data: bytes, key: str) -> str:
        try:
            code, words = server.data(data)
        except smtplib.SMTPDataError as error:
            _refuse(error.smtp_code, error.smtp_error)
            raise TemporaryError("Serveur de courriel : DATA refusé") from error
        except (OSError, smtplib.SMTPException) as error:
            raise UncertainError("Le serveur n’a pas dit s’il a pris le courriel.") from error
        _refuse(code, words)
        return key


def _refuse(code: int, words: bytes | str) -> None:
    """Raise what a reply that is not 2xx means: 4yz is for now, 5yz for good (RFC 5321, 4.2.1)."""
    if 200 <= code < 300:
        return
    said = words.decode("ascii", "replace") if isinstance(words, bytes) else words
    text = f"{code} {said}"[:200]
    raise (PermanentError if code >= 500 else TemporaryError)(text)
