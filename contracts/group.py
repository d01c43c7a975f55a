"""What groups of settings are made of: the base, and kinds of values."""

from typing import Annotated, Any

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import from_json


class Group(BaseModel):
    """A group of settings; every one has a default and a sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _from_json(value: Any) -> Any:
    return from_json(value) if isinstance(value, str) else value


def _from_list(value: object) -> object:
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    return value


Port = Annotated[int, Ge(1), Le(65535)]
Positive = Annotated[int, Gt(0)]
NotNegative = Annotated[int, Ge(0)]
Amount = Annotated[float, Ge(0)]
Names = Annotated[tuple[str, ...], BeforeValidator(_from_list)]
"""Comma-separated."""
Json = BeforeValidator(_from_json)
"""Of a value that is written as JSON."""
