"""Content hashes and seeds: the same content has the same name on every machine."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_ID_HEX_DIGITS = 16
_SEED_BITS = 63


def canonical_json(content: Mapping[str, Any]) -> str:
    """Serialise plain data so that equal content gives equal text, whatever its key order.

    Integral floats are written as integers, so that ``1`` and ``1.0`` are the same content.
    Raises ``ValueError`` for NaN and infinities.
    """
    return json.dumps(_canonical(content), sort_keys=True, separators=(",", ":"), allow_nan=False)


def content_hash(content: Mapping[str, Any]) -> str:
    """Name plain data by the first 16 hexadecimal digits of the SHA-256 of its canonical JSON."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()[:_ID_HEX_DIGITS]


def derive_seed(content: Mapping[str, Any]) -> int:
    """Derive a random seed in [0, 2^63) from a simulation's key; it fits a signed 64-bit column."""
    digest = hashlib.sha256(canonical_json(content).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - _SEED_BITS)


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
