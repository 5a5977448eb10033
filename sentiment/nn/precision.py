"""Parts of a network that keep float32 where autocast computes the rest in another precision."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor


def in_float32(tensor: Tensor) -> AbstractContextManager[Any]:
    """Compute on the device of a tensor without autocast within the block."""
    kind = tensor.device.type
    return torch.autocast(kind, enabled=False) if torch.amp.is_autocast_available(kind) else nullcontext()


def autocast_dtype(tensor: Tensor) -> torch.dtype | None:
    """Return the type that autocast computes in on the device of a tensor; None where it is off."""
    kind = tensor.device.type
    is_on = torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)
    return torch.get_autocast_dtype(kind) if is_on else None
