"""Build the models that come with the package from data, and install them there.

    SENTIMENT_DATA=... python scripts/release/rebuild_shipped.py --work runs/shipped

Each stage is a public command. One whose result exists and is not older than the earlier ones is not repeated, and an
interrupted training is resumed, so the script may be killed and restarted at any time. It needs the data sets nsmc and
naver-movie-reviews (`sentiment data build naver-movie-reviews RAW` builds the latter).
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sentiment.model_dir import SHIPPED_CLASSIFIER, SHIPPED_ENCODER
from sentiment.writing import write_whole

sys.path.append(str(Path(__file__).parents[1] / "experiments"))
from trainings import SENTIMENT, can_be_resumed, failures_end_the_script, run_command

SHIP = [sys.executable, str(Path(__file__).with_name("ship_model.py").resolve())]
REPORT = "evaluation.json"


@dataclass(frozen=True)
class Plan:
    """The working folder, experiments and settings.

    Attributes:
        work: the folder of all results; every command runs in it, so that records contain no path of this machine.
        pretraining: the experiment of the encoder.
        training: the experiment of the classifier.
        data: the data set of the classifier.
        settings: KEY=VALUE, of both trainings.
        threads: of both; as in the experiments if None.
        into: the folder to put the models in; the package's if None.
    """

    work: Path
    pretraining: str
    training: str
    data: str
    settings: tuple[str, ...]
    threads: int | None
    into: Path | None


@dataclass(frozen=True)
class Stage:
    """A stage.

    Attributes:
        name: for people.
        result: its output in the working folder; None for a stage that is quick and always repeated.
        run: runs the stage.
    """

    name: str
    result: str | None
    run: Callable[[Plan], None]


def train(plan: Plan, command: str, out: str, *choices: str) -> None:
    """Train, or resume an interrupted training."""
    if can_be_resumed(plan.work / out):
        arguments = [command, "--resume", out]
    else:
        threads = [] if plan.threads is None else ["--threads", str(plan.threads)]
        settings = [option for setting in plan.settings for option in ("--set", setting)]
        arguments = [command, *choices, *settings, *threads, "--out", out, "--force"]
    run_command([*SENTIMENT, *arguments], cwd=plan.work)


def pretrain(plan: Plan) -> None:
    """Pretrain the encoder on all reviews except the test rows."""
    train(plan, "pretrain", SHIPPED_ENCODER, plan.pretraining, "--set", "export.weights=float16")


def fine_tune(plan: Plan) -> None:
    """Train the classifier from it."""
    choices = ("--from", SHIPPED_ENCODER, "--data", plan.data, "--set", "export.precision=int8")
    train(plan, "train", SHIPPED_CLASSIFIER, plan.training, *choices)


def evaluate(plan: Plan) -> None:
    """Measure the classifier, as shipped, on the test rows."""
    command = [*SENTIMENT, "eval", "--model", SHIPPED_CLASSIFIER, "--json"]
    report = subprocess.run(command, cwd=plan.work, check=True, stdout=subprocess.PIPE).stdout
    write_whole(plan.work / REPORT, report)


def place(plan: Plan) -> None:
    """Write both in the form to ship, with their cards, each atomically."""
    into = [] if plan.into is None else ["--into", str(plan.into)]
    for source in ([SHIPPED_ENCODER], [SHIPPED_CLASSIFIER, "--report", REPORT]):
        run_command([*SHIP, *source, *into], cwd=plan.work)


STAGES = (
    Stage("pretrain", f"{SHIPPED_ENCODER}/manifest.json", pretrain),
    Stage("fine-tune", f"{SHIPPED_CLASSIFIER}/manifest.json", fine_tune),
    Stage("evaluate", REPORT, evaluate),
    Stage("place", None, place),
)


def is_done(stage: Stage, work: Path) -> bool:
    """Return whether a stage's result exists and is not older than the earlier ones."""
    results = [work / earlier.result for earlier in STAGES[: STAGES.index(stage) + 1] if earlier.result is not None]
    times = [result.stat().st_mtime_ns for result in results if result.exists()]
    return stage.result is not None and results[-1].exists() and times[-1] == max(times)


def main() -> None:
    """Run the stages."""
    names = [stage.name for stage in STAGES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path("runs/shipped"), metavar="DIR", help="results of the stages")
    parser.add_argument("--stages", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--pretraining", default="pretrain", metavar="CONFIG")
    parser.add_argument("--training", default="finetune", metavar="CONFIG")
    parser.add_argument("--data", default="nsmc", metavar="NAME", help="for the classifier")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE", help="for both")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--into", type=Path, metavar="DIR", help="folder to put them in; the package's")
    chosen = parser.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    into = None if chosen.into is None else chosen.into.resolve()
    plan = Plan(
        work=chosen.work.resolve(),
        pretraining=chosen.pretraining,
        training=chosen.training,
        data=chosen.data,
        settings=tuple(chosen.settings),
        threads=chosen.threads,
        into=into,
    )
    for stage in STAGES:
        if stage.name not in chosen.stages:
            continue
        if is_done(stage, plan.work):
            print(f"{stage.name}: done already", flush=True)
            continue
        print(f"{stage.name}: {stage.run.__doc__}", flush=True)
        with failures_end_the_script():
            stage.run(plan)


if __name__ == "__main__":
    main()
