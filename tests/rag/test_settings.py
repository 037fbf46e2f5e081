from __future__ import annotations

import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from rag.errors import SettingsError
from rag.settings import PREFIX, Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def _empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_example_file_names_every_setting_and_no_other() -> None:
    assert set(dotenv_values(EXAMPLE)) == {PREFIX + name.upper() for name in Settings.model_fields}


def test_the_example_file_holds_the_defaults() -> None:
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)


def test_the_example_file_explains_every_setting() -> None:
    for paragraph in EXAMPLE.read_text(encoding="utf-8").split("\n\n")[1:]:
        assert re.match(r"(# .+\n)+HETAO_\w+=", paragraph), paragraph


def test_the_environment_wins_over_the_file_and_the_call_over_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("HETAO_THREADS=3\nHETAO_PORT=9000\nHF_TOKEN=x\n", encoding="utf-8")
    monkeypatch.setenv("HETAO_THREADS", "4")
    assert (load_settings().threads, load_settings().port) == (4, 9000)
    assert load_settings(threads=5).threads == 5


def test_a_misspelt_name_is_refused_with_the_name_that_was_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HETAO_DATADIR", "x")
    with pytest.raises(SettingsError, match=r"HETAO_DATADIR is no setting.*HETAO_DATA_DIR\?"):
        load_settings()


def test_a_misspelt_name_in_the_file_is_refused_too() -> None:
    Path(".env").write_text("HETAO_ZZZZZZZZ=1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"\.env\.example lists all settings"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HETAO_PORT", "80"),
        ("HETAO_PORT", "port"),
        ("HETAO_DENSE_WEIGHT", "nan"),
        ("HETAO_MIN_CONFIDENCE", "1.5"),
        ("HETAO_PASSAGE_TOKENS", "0"),
        ("HETAO_QUESTION_CONTEXT", "perhaps"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"{name} cannot be used: .*env.example"):
        load_settings()


def test_a_settings_file_in_another_encoding_is_told() -> None:
    Path(".env").write_bytes("HETAO_DATA_DIR=数据".encode("gb18030"))
    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        load_settings()


def test_settings_cannot_be_changed_once_they_are_loaded() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().port = 9000


@pytest.mark.parametrize("users", ["header", "header:", "header:X Y", "oidc:x", "on", ""])
def test_who_the_users_are_is_said_in_full_or_refused(
    users: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETAO_USERS", users)
    with pytest.raises(SettingsError, match="HETAO_USERS cannot be used"):
        load_settings()


def test_administrators_of_a_chat_without_users_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HETAO_ADMINS", "lin")
    with pytest.raises(SettingsError, match=r"HETAO_ADMINS cannot be used.*HETAO_USERS is off"):
        load_settings()
    monkeypatch.setenv("HETAO_USERS", "oidc")
    assert load_settings().admins == "lin"
