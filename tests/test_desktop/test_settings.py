from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from desktop.errors import PlainError
from desktop.settings import OPTIONS, Settings, default_data_dir, load
from store.local.setting_form import Setting
from store.local.setting_names import SETTINGS

ROOT = Path(__file__).resolve().parents[2]


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    assert load({"data_dir": tmp_path}, {}) == Settings(
        data_dir=tmp_path, port=None, window=True, open_browser=True, log_level="info"
    )


def test_the_data_folder_is_the_system_s_own_when_none_is_named() -> None:
    assert load({}, {}).data_dir == default_data_dir()


def test_a_flag_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("port = 21001\nopen_browser = false\nlog_level = 'debug'\n")
    environment = {"WHIMBREL_PORT": "21002", "WHIMBREL_LOG_LEVEL": "error"}
    found = load({"data_dir": tmp_path, "port": 21003}, environment)
    assert (found.port, found.log_level, found.open_browser) == (21003, "error", False)


def test_the_environment_may_name_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("port = 21001\n")
    assert load({}, {"WHIMBREL_DATA_DIR": str(tmp_path)}).port == 21001


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        ("WHIMBREL_PORT", "eighty", "a port is a number from 1 to 65535"),
        ("WHIMBREL_PORT", "65536", "a port is a number from 1 to 65535"),
        ("WHIMBREL_OPEN_BROWSER", "perhaps", "yes or no"),
        ("WHIMBREL_LOG_LEVEL", "loud", "debug, info, warning, error"),
    ],
)
def test_a_wrong_value_names_its_source(tmp_path: Path, variable: str, text: str, says: str) -> None:
    with pytest.raises(PlainError) as raised:
        load({"data_dir": tmp_path}, {variable: text})
    assert variable in str(raised.value)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"port = \n", "not valid TOML"),
        (b"prot = 21000\n", "'prot' that Whimbrel does not know"),
        (b"data_dir = '/elsewhere'\n", "'data_dir' that Whimbrel does not know"),
        (b"port = 'eighty'\n", "a port is a number"),
        (b"\xff\xfe", "can't be read"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "settings.toml").write_bytes(content)
    with pytest.raises(PlainError) as raised:
        load({"data_dir": tmp_path}, {})
    assert says in str(raised.value)
    assert str(tmp_path / "settings.toml") in str(raised.value)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_setting_is_in_the_docs(option: object) -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if f"`{option.name}`" in line]  # type: ignore[attr-defined]
    assert len(rows) == 1, "each setting has one row in the table of docs/settings.md"
    assert f"`{option.flag}" in rows[0]  # type: ignore[attr-defined]
    assert f"`{option.variable}`" in rows[0]  # type: ignore[attr-defined]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_of_the_page_is_in_the_docs_with_its_default(setting: Setting) -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith(f"| `{setting.name}` |")]
    assert len(rows) == 1, "each setting has one row in the second table of docs/settings.md"
    default = setting.default
    shown = f"{default:g}" if isinstance(default, float) else json.dumps(default).strip('"')
    assert rows[0].split("|")[2].strip() == shown


def test_the_docs_name_no_setting_that_is_none() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert named == {option.name for option in OPTIONS} | {setting.name for setting in SETTINGS}
