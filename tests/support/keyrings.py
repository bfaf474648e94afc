"""Keyrings as machines have them: none, a good one, and ones that misbehave."""

from __future__ import annotations

from store.sync.credentials import Keyring, NoKeyring


def no_keyring() -> Keyring:
    raise NoKeyring


class GoodKeyring:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, password: str) -> None:
        self.kept[service, name] = password

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]
