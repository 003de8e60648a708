"""Icons drawn into the page from the Bootstrap Icons sprite, so that no page waits for a megabyte."""

import re
from functools import cache, lru_cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

SPRITE = Path(__file__).parent / "static" / "vendor" / "bootstrap-icons.svg"
SYMBOL = re.compile(r'<symbol [^>]*?id="([^"]+)"[^>]*>(.*?)</symbol>', re.DOTALL)
FALLBACK = '<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor"/>'


@cache
def shapes() -> dict[str, str]:
    """Every symbol of the sprite by its name; empty when the assets are not installed yet."""
    if not SPRITE.is_file():
        return {}
    return dict(SYMBOL.findall(SPRITE.read_text(encoding="utf-8")))


@lru_cache(maxsize=4096)
def icon(name: str, *, size: str = "", label: str = "") -> SafeString:
    """One inline icon; decorative unless `label` gives it a spoken name. Size: "", "lg" or "xl"."""
    shape = mark_safe(shapes().get(name, FALLBACK))  # noqa: S308  the sprite is a file of ours
    spoken = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else mark_safe('aria-hidden="true"')
    )
    css = f"icon icon-{size}" if size else "icon"
    return format_html(
        '<svg class="{}" viewBox="0 0 16 16" width="16" height="16" fill="currentColor"'
        ' focusable="false" {}>{}</svg>',
        css,
        spoken,
        shape,
    )
