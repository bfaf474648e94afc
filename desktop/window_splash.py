"""What the window shows while there is no page: that Whimbrel opens, or what keeps it from that."""

from __future__ import annotations

from html import escape

# The grounds of webui/page/src/look/tokens.css, as the systems' windows take colours.
GROUNDS = {"light": "#f5f4ef", "dark": "#121518", "sun": "#ffffff"}
_INKS = {"light": "#1c2328", "dark": "#ebe9e5", "sun": "#000000"}
_MARK = (
    "M2.8 21c0-4.2.9-6.3 2-8.4C3.5 8 5.9 4.2 9.5 4.2c2.7 0 4.5 1.7 4.9 4 4.2.5 7 3.4 7.6 9.3-2.4-4.3-5-6.1"
    "-8.2-6-.9 1.7-1.5 2.7-1.5 4.6 0 2 .6 3.4 1.5 4.9zM10.2 7.4a1 1 0 1 0 0 2 1 1 0 0 0 0-2z"
)
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Whimbrel</title><style>
{colours}
body {{ margin: 0; height: 100vh; display: grid; place-content: center; justify-items: center; gap: 12px;
  font: 15px/22px system-ui, sans-serif; text-align: center }}
svg {{ width: 56px; fill: #2181af }} p {{ margin: 0; max-width: 60ch; padding: 0 24px }}
strong {{ font-weight: 600; font-size: 20px }}
</style><svg viewBox="0 0 24 24" aria-hidden="true"><path fill-rule="evenodd" d="{mark}"/></svg>
<strong>Whimbrel</strong>{words}"""


def splash(theme: str) -> str:
    """The page while Whimbrel opens."""
    return _page(theme, '<p role="status">Opening…</p>')


def notice(theme: str, sentence: str, advice: str) -> str:
    """The page where there is nothing to open: what happened and what to do."""
    return _page(theme, f'<p role="alert">{escape(sentence)}</p><p>{escape(advice)}</p>')


def _page(theme: str, words: str) -> str:
    return _PAGE.format(colours=_colours(theme), mark=_MARK, words=words)


def _colours(theme: str) -> str:
    if theme in GROUNDS:
        return f"body {{ background: {GROUNDS[theme]}; color: {_INKS[theme]} }}"
    dark = f"body {{ background: {GROUNDS['dark']}; color: {_INKS['dark']} }}"
    return f"{_colours('light')} @media (prefers-color-scheme: dark) {{ {dark} }}"
