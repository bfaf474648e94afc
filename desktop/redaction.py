"""Takes out of a text what is nobody's business but the user's, before it may be handed to somebody.

It rather takes too much: what it does not know to be harmless (a path, a host, a long run of letters) goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

PICTURE_LINE = "[a line that names a picture]"
GONE = "[taken out]"
_ENDINGS = (
    "jpe?g|jfif|png|webp|gif|bmp|tiff?|hei[cf]|avif|jxl|svg|ico|dng|raw|cr[23]|nef|arw|orf|rw2|raf|pef|srw|"
    "mp4|mov|avi|mkv"
)
_PICTURE = re.compile(rf"\.(?:{_ENDINGS})(?![0-9A-Za-z])", re.IGNORECASE)
_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [\w.]+: ")
_OURS = r"(?:api|assets|models|enter|readyz|metrics|recovery|sw\.js)"
# A quoted string with a slash in it is a path, spaces and all; without quotes one ends at the next sign that
# ends a clause, and takes the words before it along. Our own server's addresses stay, and places with a name.
_QUOTED = re.compile(
    r"""(['"\u2018\u201c])(?!\[)(?!/"""
    + _OURS
    + r"""\b)[^'"\u2019\u201d\n]*[\\/][^'"\u2019\u201d\n]*['"\u2019\u201d]"""
)
_PATH = re.compile(
    r"(?<![\w\])}:./\\-])(?!/"
    + _OURS
    + r"\b)(?:~|[A-Za-z]:)?[\\/](?=\S)(?:[^'\"\n\[\]]*[\\/])?[^'\"\n\[\]:;,()]*"
)
_FILE_ADDRESS = re.compile(r"\bfile:/+\S+", re.IGNORECASE)
_ADDRESS = re.compile(r"\b([a-z][a-z0-9+.-]*)://(?:[^\s/'\"@]*@)?([^\s/'\":?#]+)[^\s'\"]*", re.IGNORECASE)
_HERE = {"127.0.0.1", "localhost"}
_MAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_NUMBERS = re.compile(r"\b(?!127\.0\.0\.1\b)(?:\d{1,3}\.){3}\d{1,3}\b")
_NAMED = re.compile(
    r"(?i)\b((?:bearer|basic)\s+|[\w-]*(?:token|secret|passw(?:or)?d|passphrase|cookie|key|code)['\"]?\s*[=:]\s*"
    r"(?:(?:bearer|basic)\s+)?)['\"]?([^\s'\",;)]+)"
)
_LONG = re.compile(r"(?<![\w/+-])(?=[\w/+=-]*\d)[A-Za-z0-9_/+=-]{28,}(?![\w/+-])")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHORTEST_WORD = 3
_NOBODY = {"root", "user", "admin", "administrator", "localhost", "whimbrel"}


class Redactor:
    """Knows the names of this installation's places, and the words that must never leave it."""

    def __init__(self, places: Mapping[str, str], words: Iterable[str], harmless: Iterable[str] = ()) -> None:
        """`places` are paths and what to call them; `words` are secrets, and names of people and the like.

        What is `harmless` stays whatever it looks like, such as a version number in four parts.
        """
        longest = sorted(places, key=len, reverse=True)
        self._places = [(re.compile(re.escape(path) + r"(?![\w-])"), f"[{places[path]}]") for path in longest]
        told = [re.escape(one) for one in harmless]
        self._harmless = re.compile(f"({'|'.join(told)})") if told else None
        kept = {word for word in words if len(word) >= _SHORTEST_WORD and word.lower() not in _NOBODY}
        known = "|".join(re.escape(word) for word in sorted(kept, key=len, reverse=True))
        self._words = re.compile(rf"(?<!\w)(?:{known})\w*", re.IGNORECASE) if known else None

    def text(self, text: str) -> str:
        """The text, line by line; a line that names a picture goes as a whole, but for a log's heading."""
        return "\n".join(self._line(line) for line in text.split("\n"))

    def _line(self, line: str) -> str:
        found = _LOG_LINE.match(line)
        heading = found[0] if found else ""
        rest = line[len(heading) :]
        if _PICTURE.search(rest):
            return heading + PICTURE_LINE
        pieces = self._harmless.split(rest) if self._harmless else [rest]
        return heading + "".join(
            piece if number % 2 else self._cleaned(piece) for number, piece in enumerate(pieces)
        )

    def _cleaned(self, text: str) -> str:
        for path, name in self._places:
            text = path.sub(name, text)
        text = _FILE_ADDRESS.sub("[path]", text)
        text = _ADDRESS.sub(_without_host, text)
        text = _MAIL.sub("[address]", text)
        text = _QUOTED.sub(r"\1[path]\1", text)
        text = _PATH.sub("[path]", text)
        text = _NAMED.sub(_named, text)
        if self._words is not None:
            text = self._words.sub(GONE, text)
        text = _NUMBERS.sub("[address]", text)
        return _LONG.sub(lambda run: run[0] if _UUID.fullmatch(run[0]) else GONE, text)


def _named(found: re.Match[str]) -> str:
    return found[0] if found[2].isdigit() else f"{found[1]}{GONE}"


def _without_host(found: re.Match[str]) -> str:
    scheme, host = found[1], found[2]
    return f"{scheme}://{host if host in _HERE else '[host]'}/"
