"""The window's menu: what is in it, under which keys. What a command does stands where it is carried out:
in the window (`HERE`), or in the page (webui/page/src/app/menu.ts)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One entry; `keys` as Qt writes them, where Ctrl is the command key on a Mac. `of` names a choice of
    which one is the present one."""

    name: str
    title: str
    keys: str = ""
    of: str = ""


@dataclass(frozen=True)
class Menu:
    """A menu, or one within; None is a line between entries."""

    title: str
    entries: tuple[Command | Menu | None, ...]


HERE = frozenset(
    {"quit", "cut", "copy", "paste", "select-all", "zoom-in", "zoom-out", "zoom-reset", "full-screen"}
)
THEMES = "theme"

MENUS = (
    Menu(
        "&File",
        (
            Command("open-pictures", "&Open pictures…", "Ctrl+O"),
            Command("open-folder", "Open &folder…", "Ctrl+Shift+O"),
            None,
            Command("export", "&Export…", "Ctrl+E"),
            None,
            Command("settings", "&Settings", "Ctrl+,"),
            Command("quit", "&Quit", "Ctrl+Q"),
        ),
    ),
    Menu(
        "&Edit",
        (
            Command("undo", "&Undo", "Ctrl+Z"),
            Command("redo", "&Redo", "Ctrl+Shift+Z"),
            None,
            Command("cut", "Cu&t", "Ctrl+X"),
            Command("copy", "&Copy", "Ctrl+C"),
            Command("paste", "&Paste", "Ctrl+V"),
            Command("select-all", "Select &all", "Ctrl+A"),
        ),
    ),
    Menu(
        "&Model",
        (
            Command("model", "&Model and training", "Ctrl+4"),
            Command("review", "&Review pictures", "Ctrl+2"),
            Command("performance", "&Performance", "Ctrl+5"),
        ),
    ),
    Menu("&Sync", (Command("sending", "&Sending"),)),
    Menu(
        "&View",
        (
            Command("recognise", "&Pictures", "Ctrl+1"),
            Command("history", "&History", "Ctrl+3"),
            None,
            Command("zoom-in", "Zoom &in", "Ctrl++"),
            Command("zoom-out", "Zoom &out", "Ctrl+-"),
            Command("zoom-reset", "&Actual size", "Ctrl+0"),
            None,
            Menu(
                "&Theme",
                (
                    Command("theme-system", "As the &system", of=THEMES),
                    Command("theme-light", "&Light", of=THEMES),
                    Command("theme-dark", "&Dark", of=THEMES),
                    Command("theme-sun", "&Bright sun", of=THEMES),
                ),
            ),
            None,
            Command("full-screen", "&Full screen", "F11"),
        ),
    ),
    Menu(
        "&Help",
        (
            Command("help", "&Help", "F1"),
            Command("diagnostics", "&Diagnostics file"),
            Command("about", "&About Whimbrel"),
        ),
    ),
)
