"""The window's menu on Qt, with the keys of the system and a mark at the present theme."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from desktop.window_menu import MENUS, THEMES, Command, Menu

_STANDARD = {
    "undo": QKeySequence.StandardKey.Undo,
    "redo": QKeySequence.StandardKey.Redo,
    "cut": QKeySequence.StandardKey.Cut,
    "copy": QKeySequence.StandardKey.Copy,
    "paste": QKeySequence.StandardKey.Paste,
    "select-all": QKeySequence.StandardKey.SelectAll,
    "zoom-in": QKeySequence.StandardKey.ZoomIn,
    "zoom-out": QKeySequence.StandardKey.ZoomOut,
}


def add_menu(window: QMainWindow, carry_out: Callable[[str], None], theme: Callable[[], str]) -> None:
    """Put the menu on a window. `carry_out` gets the names of commands, `theme` says the present one."""
    bar = window.menuBar()
    for menu in MENUS:
        _add(bar, menu, carry_out, theme)


def _add(
    within: QMenuBar | QMenu, menu: Menu, carry_out: Callable[[str], None], theme: Callable[[], str]
) -> None:
    shown = within.addMenu(menu.title)
    themes = QActionGroup(shown)
    for entry in menu.entries:
        if entry is None:
            shown.addSeparator()
        elif isinstance(entry, Menu):
            _add(shown, entry, carry_out, theme)
        else:
            action = _action(shown, entry, carry_out)
            if entry.of == THEMES:
                action.setCheckable(True)
                themes.addAction(action)
    if themes.actions():
        shown.aboutToShow.connect(partial(_mark, themes, theme))


def _action(menu: QMenu, command: Command, carry_out: Callable[[str], None]) -> QAction:
    action = QAction(command.title, menu)
    action.setObjectName(command.name)
    standard = _STANDARD.get(command.name)
    if standard is not None:
        action.setShortcuts(standard)
    elif command.keys:
        action.setShortcut(QKeySequence(command.keys))
    if command.name == "quit":
        action.setMenuRole(QAction.MenuRole.QuitRole)
    elif command.name == "about":
        action.setMenuRole(QAction.MenuRole.AboutRole)
    action.triggered.connect(partial(_carry_out, carry_out, command.name))
    menu.addAction(action)
    return action


def _carry_out(carry_out: Callable[[str], None], name: str, *_: object) -> None:
    carry_out(name)


def _mark(themes: QActionGroup, theme: Callable[[], str]) -> None:
    present = f"theme-{theme()}"
    for action in themes.actions():
        action.setChecked(action.objectName() == present)
