from pathlib import Path

import pytest

from contracts.errors import SettingsError
from contracts.settings import describe, load


def test_settings_come_from_the_environment() -> None:
    settings = load(
        {"GROUNDSWELL_KAFKA_BOOTSTRAP": "broker:9092", "GROUNDSWELL_WINDOWS_LIVE_MS": "5"}
    )
    assert settings.kafka.bootstrap == "broker:9092"
    assert settings.windows.live_ms == 5


def test_client_properties_are_json() -> None:
    settings = load({"GROUNDSWELL_KAFKA_CLIENT": '{"security.protocol": "SSL"}'})
    assert settings.kafka.client == {"security.protocol": "SSL"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GROUNDSWELL_KAFKA_BATCH", "many"),
        ("GROUNDSWELL_KAFKA_BATCH", "0"),
        ("GROUNDSWELL_GATEWAY_PORT", "70000"),
        ("GROUNDSWELL_HISTORY_STORE", "postgres"),
        ("GROUNDSWELL_KAFKA_CLIENT", "{"),
        ("GROUNDSWELL_VALIDATION_OLDEST", "2000-01-01T00:00:00"),
        ("GROUNDSWELL_REDIS_URL", "http://127.0.0.1"),
    ],
)
def test_a_value_that_does_not_fit_names_its_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load({variable: value})
    assert variable in str(raised.value)
    assert "docs/settings.md" in raised.value.remedy


def test_an_unknown_variable_with_our_prefix_is_refused() -> None:
    with pytest.raises(SettingsError, match="GROUNDSWELL_KAFKA_BOTSTRAP is not a setting"):
        load({"GROUNDSWELL_KAFKA_BOTSTRAP": "broker:9092"})


def test_every_setting_has_a_sentence() -> None:
    for variable, _, sentence in describe():
        assert sentence.endswith("."), variable


def test_a_setting_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("secret-token\n")
    settings = load({"GROUNDSWELL_TWITTER_BEARER_TOKEN_FILE": str(file)})
    assert settings.twitter.bearer_token is not None
    assert settings.twitter.bearer_token.get_secret_value() == "secret-token"


def test_a_secret_shows_itself_to_nobody() -> None:
    settings = load({"GROUNDSWELL_TWITTER_BEARER_TOKEN": "secret-token"})
    assert "secret-token" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    variable = "GROUNDSWELL_TWITTER_BEARER_TOKEN_FILE"
    with pytest.raises(SettingsError, match=variable):
        load({variable: str(tmp_path / "missing")})


def test_a_setting_and_its_file_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="are both set"):
        load({"GROUNDSWELL_KAFKA_RAW": "raw", "GROUNDSWELL_KAFKA_RAW_FILE": str(tmp_path / "raw")})


def test_what_does_not_fit_inside_a_list_is_told_by_its_place() -> None:
    with pytest.raises(SettingsError, match=r"GROUNDSWELL_TWITTER_QUERIES.*0: keyword"):
        load({"GROUNDSWELL_TWITTER_QUERIES": '[{"name": "brand", "keyword": ["cola"]}]'})
