"""The keys of an installation: who is let in, and what lies in the data folder."""

from __future__ import annotations

import stat
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from webui.local.session_keys import LINK_LIFETIME_S, MOST_LINKS, KeysMissing, SessionKeys, cookie_for


@dataclass
class HandClock:
    """A clock that is moved by hand."""

    seconds: float = 0.0

    def now_ms(self) -> int:
        return int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds


def keys_of(folder: Path) -> SessionKeys:
    return SessionKeys.open(folder, HandClock())


def test_a_cookie_outlives_the_program_that_made_it(tmp_path: Path) -> None:
    cookie = keys_of(tmp_path).make_cookie()
    assert keys_of(tmp_path).verify_cookie(cookie)


def test_the_command_line_makes_itself_a_cookie(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    name, value = cookie_for(tmp_path)
    assert name == keys.cookie_name == f"whimbrel_{keys.install_id}"
    assert keys.verify_cookie(value)


def test_without_keys_the_command_line_says_so_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(KeysMissing, match="no keys of a Whimbrel"):
        cookie_for(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_cookie_of_another_installation_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    assert not keys_of(tmp_path / "one").verify_cookie(keys_of(tmp_path / "other").make_cookie())


@pytest.mark.parametrize("part", [1, 2])
def test_a_cookie_with_one_changed_character_is_refused(tmp_path: Path, part: int) -> None:
    keys = keys_of(tmp_path)
    parts = keys.make_cookie().split(".")
    parts[part] = ("B" if parts[part][0] == "A" else "A") + parts[part][1:]
    assert not keys.verify_cookie(".".join(parts))


@pytest.mark.parametrize("value", [None, "", "v1", "v1..", "v1.AAAA.AAAA", "v0.a.b", "ä.ö.ü", "." * 5000])
def test_what_is_no_cookie_is_refused(tmp_path: Path, value: str | None) -> None:
    assert not keys_of(tmp_path).verify_cookie(value)


def test_a_link_works_once(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    key = keys.issue_link()
    assert keys.redeem_link(key)
    assert not keys.redeem_link(key)


def test_an_unused_link_runs_out(tmp_path: Path) -> None:
    clock = HandClock()
    keys = SessionKeys.open(tmp_path, clock)
    in_time, late = keys.issue_link(), keys.issue_link()
    clock.seconds = LINK_LIFETIME_S
    assert keys.redeem_link(in_time)
    clock.seconds = LINK_LIFETIME_S + 0.001
    assert not keys.redeem_link(late)


def test_of_too_many_links_the_oldest_go(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    first, *rest = [keys.issue_link() for _ in range(MOST_LINKS + 1)]
    assert not keys.redeem_link(first)
    assert all(keys.redeem_link(key) for key in rest)


def test_one_of_many_threads_spends_a_link(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    key, barrier, outcomes = keys.issue_link(), threading.Barrier(8), list[bool]()

    def spend() -> None:
        barrier.wait()
        outcomes.append(keys.redeem_link(key))

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 7 + [True]


def test_the_files_are_the_users_alone_from_the_first_moment(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys_of(tmp_path)
    assert caplog.messages == []  # nothing had to be closed afterwards
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"secret": 0o600, "install-id": 0o600}


def test_a_secret_that_others_can_read_is_closed(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    (tmp_path / "secret").chmod(0o644)
    assert keys_of(tmp_path).secret == keys.secret
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_starters_at_the_same_moment_agree_on_one_secret(tmp_path: Path) -> None:
    for turn in range(10):
        folder = tmp_path / str(turn)
        folder.mkdir()
        barrier, found = threading.Barrier(6), list[tuple[bytes, str]]()

        def start(folder: Path = folder, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            keys = keys_of(folder)
            found.append((keys.secret, keys.install_id))  # noqa: B023 - joined before the next turn

        threads = [threading.Thread(target=start) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 6
        assert len(set(found)) == 1
        assert sorted(path.name for path in folder.iterdir()) == ["install-id", "secret"]


@pytest.mark.parametrize("damage", ["", "zz", "00ff"])
def test_a_damaged_secret_is_made_anew_and_old_cookies_end(tmp_path: Path, damage: str) -> None:
    old = keys_of(tmp_path)
    cookie = old.make_cookie()
    (tmp_path / "secret").write_text(damage)
    new = keys_of(tmp_path)
    assert new.install_id == old.install_id
    assert not new.verify_cookie(cookie)
    assert new.verify_cookie(new.make_cookie())


def test_the_secret_is_not_in_what_is_printed(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    assert repr(keys.secret) not in repr(keys)
    assert keys.secret.hex() not in repr(keys)


def test_cookies_that_were_right_stay_right_and_make_no_wrong_one_right(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    cookies = [keys.make_cookie() for _ in range(100)]
    assert all(keys.verify_cookie(cookie) for cookie in cookies * 2)
    for wrong in (cookies[-1] + "A", cookies[-1][:-1], "", None):
        assert not keys.verify_cookie(wrong)
        assert not keys.verify_cookie(wrong)
