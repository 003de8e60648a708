"""The look of the stand-ins: plain, and marked as what they are."""

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:1.5rem;color:#1f2933;background:#f6f3ea}
.mark{background:#7a4b00;color:#fff;padding:.5rem .75rem;border-radius:6px;font-weight:600}
form{display:grid;gap:.5rem}h1{line-height:1.2}
button,.act{display:block;width:100%;box-sizing:border-box;text-align:left;padding:.75rem;min-height:44px;font:inherit;
border:1px solid #b8a98a;border-radius:8px;background:#fff;color:#1f2933;text-decoration:none;cursor:pointer}
button small{display:block;color:#52606d}button:focus-visible,.act:focus-visible{outline:3px solid #7a4b00}
dl{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1.4fr);gap:.25rem 1rem}
dt{color:#52606d}dd{margin:0;overflow-wrap:anywhere}
"""
MARK = "Démonstration : rien ici n’est vrai"


def page(title: str, body: str, mark: str = MARK) -> str:
    """A whole page; `body` is HTML that its caller has escaped."""
    return (
        f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f'<body><main><p class="mark">{mark}</p><h1>{title}</h1>{body}</main></body></html>'
    )
