"""The few pages that people meet before the page itself: the way in, and why there is none."""

from __future__ import annotations

from html import escape

from webui.base_handler import BaseHandler
from webui.problems import Problem

_DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/enter.css">
{script}
</head>
<body>
<main>
<p class="name">Whimbrel</p>
{content}
</main>
</body>
</html>
"""

# A redirect would lose the cookie (it is Strict), so the page replaces its own address, which also takes the
# key out of the tab's history.
SCRIPT = "location.replace('/');\n"

STYLE = """:root {
  color-scheme: light dark;
  --ground: oklch(98% 0.005 235);
  --ink: oklch(25% 0.02 235);
  --ink-soft: oklch(45% 0.02 235);
  --accent: oklch(50% 0.11 235);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: oklch(20% 0.015 235);
    --ink: oklch(93% 0.01 235);
    --ink-soft: oklch(75% 0.015 235);
    --accent: oklch(75% 0.11 235);
  }
}
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/22px system-ui, sans-serif; }
main { max-width: 36em; margin: 0 auto; padding: 20vh 24px 24px; }
h1 { margin: 0 0 8px; font-size: 20px; line-height: 28px; font-weight: 600; }
p { margin: 0 0 16px; }
.name { color: var(--ink-soft); font-size: 13px; }
a { color: var(--accent); }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
"""


def enter_page() -> str:
    """The page behind a good link; its script goes on to `/`."""
    content = '<h1>Opening</h1>\n<noscript><p><a href="/">Go on to Whimbrel</a></p></noscript>'
    return _DOCUMENT.format(title="Whimbrel", script='<script src="/enter.js"></script>', content=content)


def plain_page(handler: BaseHandler, problem: Problem) -> None:
    """Answers with a problem as a page: what happened, what to do."""
    content = f"<h1>{escape(problem.sentence)}</h1>\n<p>{escape(problem.advice)}</p>"
    handler.set_status(problem.status_code)
    handler.set_header("Content-Type", "text/html; charset=utf-8")
    handler.finish(_DOCUMENT.format(title=f"Whimbrel: {problem.kind.title}", script="", content=content))
