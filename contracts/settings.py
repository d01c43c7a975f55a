"""The settings tree: read from the environment, each with a default and a sentence.

``GROUNDSWELL_KAFKA_BOOTSTRAP`` sets ``kafka.bootstrap``; a variable with our prefix that names no
setting is refused. ``docs/settings.md`` is generated from this module.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le
from pydantic import AwareDatetime, Field, SecretStr, ValidationError

from contracts.errors import SettingsError
from contracts.group import Group, Json, Names, NotNegative, Port, Positive
from contracts.platforms import (
    Connectors,
    File,
    Instagram,
    Mastodon,
    Synthetic,
    Twitter,
)
from contracts.redis_url import RedisUrl, without_credentials

PREFIX = "GROUNDSWELL_"
FROM_FILE = "_FILE"


class Kafka(Group):
    """The log that everything goes through."""

    bootstrap: str = Field("127.0.0.1:9092", description="Brokers, `host:port`, comma-separated.")
    raw: str = Field("sentiment.raw", description="Topic that connectors write to.")
    processed: str = Field("sentiment.processed", description="Topic of processed messages.")
    invalid: str = Field("sentiment.invalid", description="Topic of dead letters.")
    connectors: str = Field(
        "sentiment.connectors", description="Compacted topic of where connectors go on."
    )
    partitions: Positive = Field(3, description="Partitions of a topic when it is created.")
    replication: Positive = Field(1, description="Replicas of a topic when it is created.")
    group: str = Field("groundswell-analyze", description="Consumer group of the analyze half.")
    aggregate_group: str = Field(
        "groundswell-aggregate",
        description="Consumer group that says how far the aggregate half has come.",
    )
    instance: str = Field(
        "analyze-0",
        description="This replica's stable name: static group member and transactional id.",
    )
    delivery: Literal["exactly_once", "at_least_once"] = Field(
        "exactly_once",
        description="Guarantee from the raw topic on; `at_least_once` may repeat messages after a "
        "failure and needs no transactions.",
    )
    batch: Positive = Field(
        2000, description="Most messages in one batch, which is one transaction."
    )
    linger_ms: Positive = Field(
        10, description="Longest wait for a batch to fill once it has a message."
    )
    session_timeout_ms: Positive = Field(
        6000, description="Silence after which the group gives a replica's partitions to others."
    )
    transaction_timeout_ms: Positive = Field(
        6000, description="Age at which the broker aborts an open transaction."
    )
    request_timeout_ms: Positive = Field(
        10_000,
        description="Longest wait for a broker's answer; past it the process ends and restarts.",
    )
    client: Annotated[dict[str, str], Json] = Field(
        {}, description="Further librdkafka client properties as JSON, such as TLS and SASL."
    )


class Redis(Group):
    """The live state."""

    url: RedisUrl = Field(
        "redis://127.0.0.1:6379/0",
        description="Redis or Valkey server; or, with Sentinel, "
        "`redis+sentinel://[user:password@]host:port,host:port/MASTER[/DATABASE]`.",
    )
    expiry_hours: Positive = Field(
        24, description="Every key expires this long after its last write."
    )
    timeout_ms: Annotated[int, Ge(1000)] = Field(2000, description="Longest wait for an answer.")


class History(Group):
    """The stored messages and aggregates."""

    store: Literal["sqlite", "elasticsearch"] = Field(
        "sqlite", description="Where messages and aggregates are kept."
    )
    path: Path = Field(Path("state/history.sqlite"), description="File of the SQLite store.")
    url: str = Field("http://127.0.0.1:9200", description="Elasticsearch server.")
    timeout_ms: Positive = Field(10_000, description="Longest wait for Elasticsearch's answer.")


class Windows(Group):
    """Event-time windows."""

    length_seconds: Positive = Field(60, description="Length of a window of message time.")
    lateness_seconds: Positive = Field(
        900, description="How far message time runs past a window's end before it is final."
    )
    live_ms: Positive = Field(500, description="Interval at which open windows are written.")
    recompute_ms: Positive = Field(
        2000, description="Interval at which marked windows are recomputed from stored messages."
    )
    idle_seconds: Positive = Field(
        60, description="Silence after which a partition no longer holds the watermark back."
    )


class Validation(Group):
    """What a raw message must be."""

    oldest: AwareDatetime = Field(
        "2000-01-01T00:00:00Z",
        validate_default=True,
        description="Messages created before this are refused.",
    )
    future_seconds: Positive = Field(
        300, description="Messages created further ahead of now than this are refused."
    )
    max_bytes: Positive = Field(1_000_000, description="Raw messages larger than this are refused.")


class Enrichment(Group):
    """What is added to a message."""

    taxonomy: Path | None = Field(
        None,
        description="Words that tell product, channel and city where the source gave none; "
        "by default the shipped `dataflows/taxonomy.toml`.",
    )


class Inference(Group):
    """The models."""

    mode: Literal["fast", "accurate", "cascade"] = Field(
        "cascade",
        description="Which tier answers; in `cascade` the accurate one what the fast one doubts.",
    )
    latency_seconds: Annotated[float, Gt(0)] = Field(
        2.0,
        description="Within this time the cascade wants all waiting messages answered: the less "
        "time there is for each, the fewer go to the accurate tier.",
    )
    remembered_texts: NotNegative = Field(
        20_000, description="Texts whose accurate answers are kept, for reposts."
    )
    own: Names = Field(
        (),
        description="Your own brands, comma-separated: only leaving one of them is churn. Without "
        "any, leaving anybody is.",
    )
    competitors: Names = Field(
        (), description="Competitors, comma-separated: leaving one of them is not churn."
    )
    exported: Names = Field(
        (),
        description="Folders that `python -m inference export` wrote, comma-separated: in the "
        "accurate tier their models answer their tasks.",
    )
    provider: Literal["auto", "cpu", "cuda"] = Field(
        "auto",
        description="What the models run on; `auto` is CUDA if it is there, else the processor.",
    )
    threads: Positive = Field(1, description="Threads of one model session.")
    churn_threshold: Annotated[float, Gt(0), Le(1)] = Field(
        0.5, description="A message at or above this churn risk is high churn and raises an alert."
    )


class Gateway(Group):
    """REST, WebSocket and the dashboard."""

    host: str = Field("127.0.0.1", description="Address the gateway listens on.")
    port: Port = Field(8000, description="Port the gateway listens on.")
    dashboard: Path | None = Field(
        None, description="Folder of the built dashboard; by default `dashboard/dist` of this code."
    )
    analyze_queue: Positive = Field(
        8, description="Analyze requests waiting or running before 429 is answered."
    )
    messages_per_second: Positive = Field(
        20, description="Most `message:new` frames a second; the rest is in the counts."
    )


class Settings(Group):
    """The whole tree."""

    kafka: Kafka = Kafka()
    redis: Redis = Redis()
    history: History = History()
    windows: Windows = Windows()
    validation: Validation = Validation()
    enrichment: Enrichment = Enrichment()
    inference: Inference = Inference()
    gateway: Gateway = Gateway()
    connectors: Connectors = Connectors()
    synthetic: Synthetic = Synthetic()
    file: File = File()
    twitter: Twitter = Twitter()
    instagram: Instagram = Instagram()
    mastodon: Mastodon = Mastodon()


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings that the environment names.

    ``NAME_FILE`` names a file whose content is the setting ``NAME``, less the line's end.

    :param environment: variables to read in place of the process's own.
    :raises SettingsError: a value does not fit, a file cannot be read, or a variable with our
        prefix names no setting; the message names the variable, and shows no secret.
    """
    variables = _with_files(os.environ if environment is None else environment)
    known = {name for name, _, _ in describe()}
    for variable in variables:
        if variable.startswith(PREFIX) and variable not in known:
            raise SettingsError(
                f"{variable} is not a setting", "docs/settings.md lists those that exist"
            )
    tree: dict[str, dict[str, str]] = {}
    for variable in known & variables.keys():
        group, name = variable.removeprefix(PREFIX).lower().split("_", 1)
        tree.setdefault(group, {})[name] = variables[variable]
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        group, name = (str(part) for part in first["loc"][:2])
        shown = "" if _is_secret(group, name) else without_credentials(repr(first["input"]))
        inner = "".join(f"{part}: " for part in first["loc"][2:])
        raise SettingsError(
            f"{PREFIX}{group}_{name}".upper() + f"={shown} does not fit: {inner}{first['msg']}",
            "docs/settings.md says what it takes",
        ) from None


def _with_files(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables, those that name a file in its content's place."""
    known = {name for name, _, _ in describe()}
    found = dict(variables)
    for variable, path in variables.items():
        name = variable.removesuffix(FROM_FILE)
        if variable in known or name == variable or name not in known:
            continue
        if name in variables:
            raise SettingsError(f"{name} and {variable} are both set", "set one of them")
        try:
            found[name] = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"{variable}: {path} cannot be read ({error})", "name a readable text file"
            ) from None
        del found[variable]
    return found


def _is_secret(group: str, name: str) -> bool:
    kind = Settings.model_fields[group].annotation
    fields = getattr(kind, "model_fields", {})
    return name in fields and SecretStr.__name__ in str(fields[name].annotation)


def describe() -> list[tuple[str, str, str]]:
    """Every setting as (environment variable, default, sentence), in the tree's order."""
    rows = []
    for group, field in Settings.model_fields.items():
        kind = field.annotation
        if not (isinstance(kind, type) and issubclass(kind, Group)):
            raise TypeError(f"settings group {group} is not a Group")
        for name, setting in kind.model_fields.items():
            variable = f"{PREFIX}{group}_{name}".upper()
            rows.append((variable, _shown(setting.default), setting.description or ""))
    return rows


def _shown(default: object) -> str:
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
