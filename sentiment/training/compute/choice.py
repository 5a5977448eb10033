"""Choose the device and the precision of a training."""

import torch

from sentiment.config import TrainingConfig
from sentiment.errors import ConfigError
from sentiment.launch import Launch
from sentiment.nn import RecurrentLayer
from sentiment.training.compute.device import Device, DeviceKind, Precision

OLDEST_CUDNN_WITH_BFLOAT16 = 91_300
"""Earlier releases of cuDNN have no recurrent layers in bfloat16, and torch would run one step after the other."""


def choose_device(config: TrainingConfig, before: Device | None = None) -> Device:
    """Return the device of this process, with the precision; `auto` never chooses mps.

    Args:
        config: names them, or leaves the choice.
        before: of a training that is resumed; chosen again where the config leaves the choice and it is here.

    Raises:
        ConfigError: this machine does not have what the config names.
    """
    kinds = available_kinds()
    if config.device not in ("auto", *kinds):
        raise ConfigError(
            f"training.device: torch finds no {config.device} on this machine, only {', '.join(kinds)}; "
            "choose one of these, or auto"
        )
    kind: DeviceKind = "cuda" if "cuda" in kinds else "cpu"
    if config.device != "auto":
        kind = config.device
    elif before is not None and before.kind in kinds:
        kind = before.kind
    if config.precision == "auto" and before is not None and before.kind == kind:
        is_here = before.precision == "float32" or multiplies_bfloat16(kind)
        precision = before.precision if is_here else "float32"
    else:
        precision = _choose_precision(config, kind)
    return Device(kind, precision, number_here(kind))


def available_kinds() -> tuple[DeviceKind, ...]:
    """Return the kinds of devices that torch can use on this machine."""
    there: dict[DeviceKind, bool] = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    return tuple(kind for kind, is_there in there.items() if is_there)


def number_here(kind: DeviceKind) -> int:
    """Return the number of this process's own device of a kind: a GPU for each process, and a processor for all.

    Raises:
        ConfigError: there are more processes than GPUs.
    """
    launch = Launch.read()
    if kind != "cuda":
        return 0
    if launch.local_rank >= torch.cuda.device_count():
        raise ConfigError(
            f"training.device: {launch.local_world_size} processes on this machine, but {torch.cuda.device_count()} "
            "GPUs; start one process per GPU"
        )
    return launch.local_rank


def _choose_precision(config: TrainingConfig, kind: DeviceKind) -> Precision:
    if config.precision == "auto":
        return "bfloat16" if has_fast_bfloat16(kind) else "float32"
    if config.precision == "bfloat16" and not multiplies_bfloat16(kind):
        raise ConfigError(
            "training.precision: this processor has no instructions for bfloat16 (AVX-512 BF16 or AMX); "
            "set it to float32"
            if kind == "cpu"
            else f"training.precision: {kind} has no bfloat16 here; set it to float32"
        )
    return config.precision


def has_fast_bfloat16(kind: DeviceKind) -> bool:
    """Return whether a device multiplies in bfloat16 by instructions of its own, faster than in float32."""
    match kind:
        case "cpu":
            has_instructions = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        case "cuda":
            has_instructions = torch.cuda.is_bf16_supported(including_emulation=False) and (
                (torch.backends.cudnn.version() or 0) >= OLDEST_CUDNN_WITH_BFLOAT16  # type: ignore[no-untyped-call]
            )
        case "mps":
            has_instructions = False
    return has_instructions and multiplies_bfloat16(kind)


def multiplies_bfloat16(kind: DeviceKind = "cpu") -> bool:
    """Return whether a device supports bfloat16, by running an LSTM for one step.

    Where torch's LSTM refuses bfloat16 on a processor, the other cells take it, but ten times as long as float32; so
    the LSTM answers for all of them.
    """
    device = Device(kind, "bfloat16")
    with torch.random.fork_rng(devices=()), torch.no_grad(), device.autocast():
        layer = RecurrentLayer("lstm", 16, 16, bidirectional=True, weight_dropout=0.0).to(device.torch)
        try:
            layer(torch.zeros(1, 1, 16, device=device.torch))
        except RuntimeError:
            return False
    return True
