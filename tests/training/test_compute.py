"""What a training computes on: devices that are there or not, number formats, threads, and signals."""

import os
import signal

import numpy as np
import pytest
import torch

from sentiment.config import TrainingConfig
from sentiment.errors import ConfigError, TrainingError
from sentiment.training.compute.choice import choose_device
from sentiment.training.compute.device import Device, DeviceKind
from sentiment.training.compute.memory import enough_memory
from sentiment.training.compute.threads import choose_threads
from sentiment.training.runner.signals import stop_requests


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine with two GPUs and an Apple device, whose processor does not multiply in bfloat16."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda *, including_emulation: not including_emulation)
    monkeypatch.setattr("torch.backends.cudnn.version", lambda: 91_900)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: True)
    monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr("torch.cpu._is_amx_tile_supported", lambda: False)
    monkeypatch.setattr("sentiment.training.compute.choice.multiplies_bfloat16", lambda _kind: True)
    return monkeypatch


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, Device("cuda", "bfloat16")),
        ({"precision": "float32"}, Device("cuda", "float32")),
        ({"device": "cpu"}, Device("cpu", "float32")),
        ({"device": "cpu", "precision": "bfloat16"}, Device("cpu", "bfloat16")),
        ({"device": "mps"}, Device("mps", "float32")),
    ],
)
def test_what_is_chosen_where_all_is_there(machine: pytest.MonkeyPatch, asked: dict[str, str], found: Device) -> None:
    assert choose_device(TrainingConfig.model_validate(asked)) == found


def test_a_processor_with_the_instructions_computes_in_bfloat16(machine: pytest.MonkeyPatch) -> None:
    machine.setattr("torch.cuda.is_available", lambda: False)
    machine.setattr("torch.cpu._is_amx_tile_supported", lambda: True)
    assert choose_device(TrainingConfig()) == Device("cpu", "bfloat16")
    machine.setattr("sentiment.training.compute.choice.multiplies_bfloat16", lambda _kind: False)
    assert choose_device(TrainingConfig()) == Device("cpu", "float32")


def test_an_older_cudnn_computes_in_float32(machine: pytest.MonkeyPatch) -> None:
    machine.setattr("torch.backends.cudnn.version", lambda: 91_002)
    assert choose_device(TrainingConfig()) == Device("cuda", "float32")


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, kind: DeviceKind) -> None:
    for name in ("torch.cuda.is_available", "torch.backends.mps.is_available"):
        monkeypatch.setattr(name, lambda: False)
    with pytest.raises(ConfigError, match=f"training.device: torch finds no {kind} on this machine, only cpu; choose"):
        choose_device(TrainingConfig(device=kind))


@pytest.mark.parametrize(
    ("before", "found"),
    [
        (Device("mps", "float32"), Device("mps", "float32")),
        (Device("cpu", "bfloat16"), Device("cpu", "bfloat16")),
        (Device("cuda", "float32"), Device("cuda", "float32")),
    ],
)
def test_a_resumed_training_stays_where_it_was(machine: pytest.MonkeyPatch, before: Device, found: Device) -> None:
    assert choose_device(TrainingConfig(), before) == found


def test_each_process_of_a_machine_has_a_gpu_of_its_own(machine: pytest.MonkeyPatch) -> None:
    for name, value in {"RANK": 5, "WORLD_SIZE": 6, "LOCAL_RANK": 1, "LOCAL_WORLD_SIZE": 2}.items():
        machine.setenv(name, str(value))
    assert choose_device(TrainingConfig()).number == 1
    machine.setattr("torch.cuda.device_count", lambda: 1)
    with pytest.raises(ConfigError, match="2 processes on this machine, but 1 GPUs; start one process per GPU"):
        choose_device(TrainingConfig())
    assert choose_device(TrainingConfig(device="cpu")).number == 0


def test_processes_of_a_machine_share_its_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentiment.training.compute.threads.available_cores", lambda: 7)
    assert choose_threads(TrainingConfig()) == 7
    for name, value in {"RANK": 5, "WORLD_SIZE": 6, "LOCAL_RANK": 1, "LOCAL_WORLD_SIZE": 3}.items():
        monkeypatch.setenv(name, str(value))
    assert choose_threads(TrainingConfig()) == 2
    assert choose_threads(TrainingConfig(threads=4)) == 4
    monkeypatch.setattr("sentiment.training.compute.threads.available_cores", lambda: 2)
    assert choose_threads(TrainingConfig()) == 1


def test_under_a_launcher_a_signal_that_comes_twice_is_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"RANK": 0, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2}.items():
        monkeypatch.setenv(name, str(value))
    with stop_requests() as stop:
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGTERM)
        assert stop.received


def test_memory_that_cannot_be_had_is_one_line() -> None:
    with (
        pytest.raises(
            TrainingError, match=r"not enough memory for this training; take fewer rows \(data\.max_training_rows\)"
        ),
        enough_memory(),
    ):
        torch.empty(2**60)
    with pytest.raises(TrainingError, match="not enough memory"), enough_memory():
        np.empty(2**57)
    with pytest.raises(RuntimeError, match="shape"), enough_memory():
        torch.zeros(2) @ torch.zeros(3, 3)
