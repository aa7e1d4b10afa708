"""Kubernetes quantities and durations, as users write them in step options."""

from __future__ import annotations

import re
from decimal import Decimal

_QUANTITY = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?")
_MULTIPLES = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"),
    "k": Decimal(10**3), "M": Decimal(10**6), "G": Decimal(10**9),
    "T": Decimal(10**12), "P": Decimal(10**15), "E": Decimal(10**18),
    "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30),
    "Ti": Decimal(2**40), "Pi": Decimal(2**50), "Ei": Decimal(2**60),
}  # fmt: skip
_CORES = re.compile(r"([\d.]+)\s*(c|cores?|cpus?|vcpus?)", re.IGNORECASE)
_BYTES = re.compile(r"([\d.]+)\s*([kmgtp])i?b?(?:ytes?)?", re.IGNORECASE)
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")
_SMALLEST_MEMORY = 2**20


class InvalidQuantity(ValueError):  # noqa: N818 - it is a finding about a value
    """What is wrong with a value, and what may be meant (``suggestion``, empty if unknown)."""

    def __init__(self, problem: str, suggestion: str = "") -> None:
        super().__init__(problem)
        self.suggestion = suggestion


def check_cpu(text: str) -> Decimal:
    """Number of CPUs: ``2``, ``0.5``, ``500m``. Raises `InvalidQuantity`."""
    match = _CORES.fullmatch(text.strip())
    if match:
        raise InvalidQuantity("it is a number of CPUs without a unit", match[1])
    value = _positive(text)
    unit = _unit(text)
    if unit not in ("", "m"):
        raise InvalidQuantity(f"CPUs have no unit “{unit}”: write CPUs (2, 0.5) or thousandths of one (500m)")
    if value < Decimal("0.001"):
        raise InvalidQuantity("the smallest amount of CPU is 1m")
    return value


def check_memory(text: str) -> Decimal:
    """Bytes: ``512Mi``, ``4Gi``, ``1.5G``. Raises `InvalidQuantity`."""
    value = None
    try:
        value = _positive(text)
    except InvalidQuantity:
        match = _BYTES.fullmatch(text.strip())
        if not match:
            raise
        suggestion = f"{match[1]}{match[2].upper()}i"
        raise InvalidQuantity("it is not a Kubernetes quantity", suggestion) from None
    if _unit(text) in ("m", "u", "n"):
        raise InvalidQuantity("it is a fraction of a byte", f"{text.strip()[:-1]}Mi")
    if value < _SMALLEST_MEMORY:
        suggestion = f"{text.strip()}Gi" if not _unit(text) and value < 1024 else ""
        raise InvalidQuantity("it is less than 1 MiB", suggestion)
    return value


def seconds(value: float | str) -> float:
    """Seconds of a duration: a number, or text such as ``90s``, ``10m``, ``1h30m``. Raises `InvalidQuantity`."""
    if isinstance(value, str):
        text = value.strip()
        match = _DURATION.fullmatch(text.lower().replace(" ", ""))
        if not text or (not match and not re.fullmatch(r"\d+(\.\d+)?", text)):
            raise InvalidQuantity("it is not a duration: write seconds, or text such as 10m, 1h30m")
        if match is None:
            value = float(text)
        else:
            days, hours, minutes, rest = (float(part or 0) for part in match.groups())
            value = ((days * 24 + hours) * 60 + minutes) * 60 + rest
    if not 0 < value < 10**9:
        raise InvalidQuantity("it must be more than 0 seconds (and less than 30 years)")
    return float(value)


def _positive(text: str) -> Decimal:
    match = _QUANTITY.fullmatch(text.strip())
    if not match:
        if text.strip().startswith("-"):
            raise InvalidQuantity("it is negative")
        raise InvalidQuantity("it is not a Kubernetes quantity")
    number, unit = Decimal(match[1]), match[2] or ""
    value = number.scaleb(int(unit[1:])) if unit[:1] in ("e", "E") and unit[1:] else number * _MULTIPLES.get(unit, 1)
    if value <= 0:
        raise InvalidQuantity("it must be more than 0")
    return value


def _unit(text: str) -> str:
    match = _QUANTITY.fullmatch(text.strip())
    unit = match[2] if match else None
    return "" if not unit or (unit[0] in "eE" and unit[1:]) else unit
