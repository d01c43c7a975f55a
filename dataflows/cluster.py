"""A process's place in a cluster: by options, or by the variables that the engine understands."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import InputError

POD, STATEFUL_SET = "BYTEWAX_POD_NAME", "BYTEWAX_STATEFULSET_NAME"
HOSTFILE = "BYTEWAX_HOSTFILE_PATH"


@dataclass(frozen=True)
class Cluster:
    """The addresses of all processes, ``host:port``, and which of them this one is."""

    process: int
    addresses: tuple[str, ...]


def find_cluster(
    process: int | None, addresses: str | None, environment: Mapping[str, str]
) -> Cluster | None:
    """This process's place; null where it is alone.

    :param addresses: separated by commas or semicolons; by default the hostfile's lines.
    :raises InputError: there is a number without addresses, or the other way round, or the number
        is not one of them.
    """
    if process is None:
        process = _replica(environment)
    if addresses is None and process is not None:
        addresses = _hostfile(environment)
    if process is None and addresses is None:
        return None
    if process is None or addresses is None:
        raise InputError(
            "a cluster's process needs its number and all addresses",
            "give both --process and --addresses, or neither",
        )
    listed = [address.strip() for address in addresses.replace(";", ",").split(",")]
    cluster = Cluster(process, tuple(address for address in listed if address))
    if not 0 <= process < len(cluster.addresses):
        raise InputError(
            f"there is no process {process} among {len(cluster.addresses)} addresses",
            "--process counts from 0",
        )
    return cluster


def _replica(environment: Mapping[str, str]) -> int | None:
    """The number at the end of a pod's name."""
    if not {POD, STATEFUL_SET} <= environment.keys():
        return None
    number = environment[POD].removeprefix(environment[STATEFUL_SET] + "-")
    if not number.isdecimal():
        raise InputError(
            f"{POD}={environment[POD]} is no replica of {environment[STATEFUL_SET]}",
            f"{POD} must be {STATEFUL_SET}, a dash and a number",
        )
    return int(number)


def _hostfile(environment: Mapping[str, str]) -> str | None:
    if HOSTFILE not in environment:
        return None
    try:
        lines = Path(environment[HOSTFILE]).read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{HOSTFILE}={environment[HOSTFILE]} cannot be read ({error})",
            "it holds one host:port a line",
        ) from None
    return ",".join(lines)
