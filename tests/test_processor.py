"""What torch's libraries read when they are loaded is set before, unless the user has set it."""

import os
import subprocess
import sys

import pytest

from sentiment.processor import CACHED_KERNELS, SPIN_COUNT, set_up_torch


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [({}, SPIN_COUNT), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "active"}, None)],
)
def test_what_the_user_has_chosen_stays(
    monkeypatch: pytest.MonkeyPatch, chosen: dict[str, str], expected: str | None
) -> None:
    environment: dict[str, str] = dict(chosen)
    monkeypatch.setattr("os.environ", environment)
    set_up_torch()
    assert environment.get("GOMP_SPINCOUNT") == expected
    assert environment["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == CACHED_KERNELS


def test_a_chosen_cache_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "500"}
    monkeypatch.setattr("os.environ", environment)
    set_up_torch()
    assert environment["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "500"


def test_training_sets_it_before_torch_reads_it() -> None:
    program = """
import os, sys
from importlib.machinery import ModuleSpec

class Torch:
    def find_spec(self, name, path, target=None):
        return ModuleSpec(name, self) if name == "torch" else None

    def create_module(self, spec):
        print(os.environ["GOMP_SPINCOUNT"])
        sys.exit()

    def exec_module(self, module):
        pass

sys.meta_path.insert(0, Torch())
import sentiment.training
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GOMP_", "OMP_"))}
    command = [sys.executable, "-P", "-c", program]
    ended = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    assert ended.stdout == f"{SPIN_COUNT}\n"
