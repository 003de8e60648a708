"""What access does by itself: a session whose time is over leaves the line of its end."""

from enrs.core.access.commands import settle_sessions
from enrs.core.jobs.registry import every

every("access.sessions", minutes=1, run=settle_sessions)
