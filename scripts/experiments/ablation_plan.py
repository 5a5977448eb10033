"""The plan of an ablation: a base experiment, and variations that each remove or add a part."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sentiment.config import Config, flatten, load_config, parse_set_option
from sentiment.errors import ConfigError
from sentiment.model_dir import ModelDirectory, locate_model

BASE_NAME = "base"


class Variation(BaseModel):
    """One change of the base.

    Attributes:
        name: for people, in the table.
        settings: KEY=VALUE as in `--set`, after those of the base.
        start: starting point in place of the base's encoder; an explicit None for random weights.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(min_length=1)
    settings: list[str] = Field(default=[], alias="set")
    start: str | None = Field(default=None, alias="from")


class Plan(BaseModel):
    """A whole ablation.

    Attributes:
        base: a shipped experiment or a YAML file.
        start: the encoder or model that the base starts from; None for random weights.
        settings: KEY=VALUE of the base and of every variation.
        variations: to compare with the base.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    base: str
    start: str | None = Field(default=None, alias="from")
    settings: list[str] = Field(default=[], alias="set")
    variations: list[Variation] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [variation.name for variation in self.variations]
        if len({BASE_NAME, *names}) != 1 + len(names):
            raise ValueError(f"two variations have one name, or one is called {BASE_NAME!r}")
        return self

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a plan from YAML.

        Raises:
            ConfigError: the file cannot be read, or is not a plan.
        """
        try:
            return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ConfigError(f"{path}: cannot be read: {' '.join(str(error).split())}") from error
        except ValidationError as error:
            faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
            raise ConfigError(f"{path}: {'; '.join(faults)}") from error

    def experiments(self, start: str | None = None, settings: Sequence[str] = ()) -> "list[Experiment]":
        """Return the base, then every variation, each checked.

        Args:
            start: starting point of the base, in place of the plan's.
            settings: KEY=VALUE of the base and of every variation, after those of the plan.

        Raises:
            ConfigError: a setting is invalid, or two values contradict each other.
            ModelDirectoryError: a starting point cannot be read.
        """
        base_start, common = start or self.start, [*self.settings, *settings]
        experiments = [Experiment.check(BASE_NAME, self.base, common, base_start)]
        for variation in self.variations:
            own_start = variation.start if "start" in variation.model_fields_set else base_start
            experiments.append(Experiment.check(variation.name, self.base, [*common, *variation.settings], own_start))
        return experiments


@dataclass(frozen=True)
class Experiment:
    """The base or a variation, ready for training with any seed.

    Attributes:
        name: for people.
        base: a shipped experiment or a YAML file.
        settings: KEY=VALUE, all of them.
        start: its starting point; None for random weights.
        key: identifies it among all experiments, as long as the defaults of the schema stay the same.
    """

    name: str
    base: str
    settings: tuple[str, ...]
    start: str | None
    key: str

    @classmethod
    def check(cls, name: str, base: str, settings: Sequence[str], start: str | None) -> Self:
        """Check the settings, and read the starting point; errors as in `Plan.experiments`."""
        config = load_config(base, [parse_set_option(setting) for setting in settings]).config
        return cls(name, base, tuple(settings), start, _key(config, start))

    def run_name(self, seed: int) -> str:
        """Return the name of the run's directory."""
        readable = re.sub(r"[^0-9a-z가-힣]+", "-", self.name.lower()).strip("-")
        return f"{readable}-{self.key[:8]}-{seed}"

    def arguments(self, seed: int) -> list[str]:
        """Return the arguments of `sentiment train` that start it."""
        start = ["--from", self.start] if self.start is not None else []
        settings = [part for setting in self.settings for part in ("--set", setting)]
        return [self.base, "--seed", str(seed), *start, *settings]


def _key(config: Config, start: str | None) -> str:
    """Hash the values that differ from their defaults: a new key of the schema must not invalidate runs."""
    defaults = flatten(Config())
    chosen = {key: value for key, value in flatten(config).items() if value != defaults[key] and key != "description"}
    if start is not None:
        chosen["from"] = ModelDirectory.open(locate_model(start), allow_encoder=True).fingerprint()
    return hashlib.sha256(json.dumps(chosen, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
