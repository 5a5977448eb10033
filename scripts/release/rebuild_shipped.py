"""Build the models that come with the package from data, and install them there.

    SENTIMENT_DATA=... python scripts/release/rebuild_shipped.py --work runs/shipped

Each stage is a public command. One whose result exists and is not older than the earlier ones is not repeated, and an
interrupted training is resumed, so the script may be killed and restarted at any time. It needs the data sets nsmc,
naver-movie-reviews and imdb (`sentiment data build` makes the last two), and for korean-opinion, under
$SENTIMENT_DATA:

    korean-comments/kodoli.csv             https://github.com/cardy20/KODOLI, columns text and sentiment
    korean-comments/news_comments.txt.gz   https://github.com/kocohub/korean-hate-speech, unlabelled, a comment a line
    chatbot/ChatbotData.csv                https://github.com/songys/Chatbot_data
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from english_targets import WRITTEN as WRITTEN_IN_ENGLISH
from korean_texts import WRITTEN
from sentiment.data import data_folder
from sentiment.model_dir import (
    DEFAULT_CLASSIFIER,
    ENGLISH_CLASSIFIER,
    ENGLISH_ENCODER,
    FILM_CLASSIFIER,
    SHIPPED_ENCODER,
)
from sentiment.writing import write_whole

sys.path.append(str(Path(__file__).parents[1] / "experiments"))
from trainings import SENTIMENT, can_be_resumed, command_output, failures_end_the_script, run_command

SHIP = [sys.executable, str(Path(__file__).with_name("ship_model.py").resolve())]
WRITE_SIDE_TARGETS = [sys.executable, str(Path(__file__).with_name("side_targets.py").resolve())]
WRITE_TARGETS = [sys.executable, str(Path(__file__).with_name("opinion_targets.py").resolve())]
WRITE_ENGLISH_TARGETS = [sys.executable, str(Path(__file__).with_name("english_targets.py").resolve())]
FILM_ENCODER, WIDE_ENCODER = "film-reviews", "wide-film-reviews"
FILM_TEACHERS, FILM_TARGETS = ("film-teacher-0", "film-teacher-1"), "film_targets.parquet"
SIDES, SIDE_TARGETS = "sides", "side_targets.parquet"
COMMENTS, TARGETS, ALL_OPINIONS, REPLAY = "comments", "targets.parquet", "all-opinions", "replay.parquet"
ENGLISH_TEACHER, ENGLISH_TARGETS = "english-teacher", "english_targets.parquet"
ENGLISH_REPORT = "english_evaluation.json"
REPORTS = {FILM_CLASSIFIER: "film_evaluation.json", DEFAULT_CLASSIFIER: "opinion_evaluation.json"}
COMMENTS_FILE = "korean-comments/kodoli.csv"
FILMS = ("nsmc", "naver-movie-reviews")
UNLABELLED_FILES = ("korean-comments/news_comments.txt.gz", "chatbot/ChatbotData.csv")

ENCODER_SETTINGS = ("export.weights=float16",)
COMMENTS_SETTINGS = ("training.select_by=macro_f1",)
AS_INT8 = "export.precision=int8"
WITHOUT_NGRAMS = ("model.character_ngrams=0", "model.word_ngrams=0")
TWO_PASSES = "training.consistency=0.5"
WIDE_SETTINGS = ("model.hidden_size=384", "training.epochs=8")
LONG_SETTINGS = ("training.epochs=10", "training.seed=1")
# Longer windows gain on long reviews what they lose on single sentences.
ENGLISH_SETTINGS = ("tokenizer.max_tokens=512", "data.validation_fraction=0.1", AS_INT8)


@dataclass(frozen=True)
class Plan:
    """The working folder, experiments and settings.

    Attributes:
        work: the folder of all results; every command runs in it, so that records contain no path of this machine.
        pretraining: the experiment of the encoder.
        english_pretraining: the same of the English one; it names its source.
        training: the experiment of the classifiers.
        english: source of the English classifier.
        films: sources of film reviews with labels or stars; the film classifier is trained on the first.
        comments: a file with the columns text and sentiment.
        unlabelled: files with more texts for the opinion classifier.
        sentences: number of composed sentences for the opinion classifier, and for the English one.
        written: a file of texts written for the opinion classifier.
        english_written: a file of texts written for the English classifier.
        settings: KEY=VALUE, of both trainings.
        threads: of both; as in the experiments if None.
        into: the folder to put the models in; the package's if None.
    """

    work: Path
    pretraining: str
    english_pretraining: str
    training: str
    english: str
    films: Sequence[str]
    comments: Path
    unlabelled: Sequence[Path]
    sentences: int
    written: Path
    english_written: Path
    settings: Sequence[str]
    threads: int | None
    into: Path | None


@dataclass(frozen=True)
class Stage:
    """A stage.

    Attributes:
        name: for people.
        result: its output in the working folder; None for a stage that is quick and always repeated.
        run: runs the stage.
        is_english: whether it makes an English model, which needs no Korean one.
    """

    name: str
    result: str | None
    run: Callable[[Plan], None]
    is_english: bool = False


def train(plan: Plan, command: str, config: str, out: str, *choices: str, settings: Sequence[str] = ()) -> None:
    """Train, or resume an interrupted training; the settings of the plan replace those given here."""
    if can_be_resumed(plan.work / out):
        arguments = [command, "--resume", out]
    else:
        by_key = {setting.partition("=")[0]: setting for setting in (*settings, *plan.settings)}
        options = [word for setting in by_key.values() for word in ("--set", setting)]
        arguments = [command, config, *choices, *options, *_threads(plan), "--out", out, "--force"]
    run_command([*SENTIMENT, *arguments], cwd=plan.work)


def pretrain(plan: Plan) -> None:
    """Pretrain the encoder on all reviews except the test rows."""
    train(plan, "pretrain", plan.pretraining, SHIPPED_ENCODER, settings=ENCODER_SETTINGS)


def pretrain_wide(plan: Plan) -> None:
    """Pretrain a wider one, to teach the classifier of film reviews."""
    train(plan, "pretrain", plan.pretraining, WIDE_ENCODER, settings=(*WIDE_SETTINGS, *ENCODER_SETTINGS))


def learn_first_film_teacher(plan: Plan) -> None:
    """Train a classifier from it."""
    _learn_film_teacher(plan, 0)


def learn_second_film_teacher(plan: Plan) -> None:
    """Train another, with another seed."""
    _learn_film_teacher(plan, 1)


def _learn_film_teacher(plan: Plan, seed: int) -> None:
    choices = _of_films(plan, WIDE_ENCODER)
    settings = (TWO_PASSES, f"training.seed={seed}", AS_INT8)
    train(plan, "train", plan.training, FILM_TEACHERS[seed], *choices, settings=settings)


def write_film_targets(plan: Plan) -> None:
    """Write what both together answer to all film reviews."""
    texts = [word for source in plan.films for word in ("--data", source)]
    arguments = ["ensemble", *FILM_TEACHERS, *texts, *_threads(plan), "--output", FILM_TARGETS, "--force"]
    run_command([*SENTIMENT, *arguments], cwd=plan.work)


def pretrain_films(plan: Plan) -> None:
    """Pretrain an encoder of the size that ships, longer than the one that others start from."""
    train(plan, "pretrain", plan.pretraining, FILM_ENCODER, settings=(*LONG_SETTINGS, *ENCODER_SETTINGS))


def learn_films(plan: Plan) -> None:
    """Train the classifier of film reviews from it, on labels and targets."""
    choices = (*_of_films(plan, FILM_ENCODER), "--teacher", FILM_TARGETS)
    # Beside these answers n-grams would count a hundredth.
    train(plan, "train", plan.training, FILM_CLASSIFIER, *choices, settings=(*WITHOUT_NGRAMS, AS_INT8))


def write_side_targets(plan: Plan) -> None:
    """Write what a classifier of two sides should answer to other reviews, comments and sentences."""
    (plan.work / SIDE_TARGETS).unlink(missing_ok=True)
    choices = ["--films", *plan.films, *_made(plan, plan.written), "--output", SIDE_TARGETS]
    run_command([*WRITE_SIDE_TARGETS, _linked(plan, plan.comments), *choices], cwd=plan.work)


def learn_sides(plan: Plan) -> None:
    """Train a classifier of two sides on film reviews and these."""
    choices = (*_of_films(plan, SHIPPED_ENCODER), "--teacher", SIDE_TARGETS)
    train(plan, "train", plan.training, SIDES, *choices, settings=(TWO_PASSES, AS_INT8))


def learn_comments(plan: Plan) -> None:
    """Train a classifier of comments from the encoder, with a neutral class."""
    train(plan, "train", plan.training, COMMENTS, *_commented(plan, SHIPPED_ENCODER), settings=COMMENTS_SETTINGS)


def write_targets(plan: Plan) -> None:
    """Write the targets of the opinion classifier for film reviews and other texts."""
    for file in (TARGETS, REPLAY):
        (plan.work / file).unlink(missing_ok=True)
    models = [COMMENTS, "--film-model", SIDES]
    texts = [*_unlabelled(plan, plan.unlabelled), "--films", *plan.films, *_made(plan, plan.written)]
    run_command([*WRITE_TARGETS, *models, *texts, "--output", TARGETS, "--replay", REPLAY], cwd=plan.work)


def learn_opinions(plan: Plan) -> None:
    """Train a classifier of opinions from that of sides, on comments and on all targets."""
    choices = (*_commented(plan, SIDES), "--teacher", TARGETS)
    # So many texts need fewer epochs, and n-grams of film reviews would speak up on other subjects.
    settings = (*COMMENTS_SETTINGS, "training.epochs=2", *WITHOUT_NGRAMS, AS_INT8)
    train(plan, "train", plan.training, ALL_OPINIONS, *choices, settings=settings)


def learn_comments_again(plan: Plan) -> None:
    """Train it on: all comments, a part of the other texts, all written ones; n-grams beside it."""
    choices = (*_commented(plan, ALL_OPINIONS), "--teacher", REPLAY)
    # At the whole rate, and with more epochs, it forgets more of film reviews.
    settings = (*COMMENTS_SETTINGS, "training.epochs=2", "training.learning_rate=1.5e-3", AS_INT8)
    train(plan, "train", plan.training, DEFAULT_CLASSIFIER, *choices, settings=settings)


def evaluate(plan: Plan) -> None:
    """Measure both classifiers, as shipped, on the test rows."""
    for name, report in REPORTS.items():
        _write_report(plan, name, report)


def pretrain_english(plan: Plan) -> None:
    """Pretrain the English encoder on all reviews except the test rows."""
    train(plan, "pretrain", plan.english_pretraining, ENGLISH_ENCODER, settings=ENCODER_SETTINGS)


def learn_english_labels(plan: Plan) -> None:
    """Train a first English classifier from it, on the labelled reviews."""
    choices = ("--from", ENGLISH_ENCODER, "--data", plan.english)
    settings = (*ENGLISH_SETTINGS, "training.epochs=3")
    train(plan, "train", plan.training, ENGLISH_TEACHER, *choices, settings=settings)


def write_english_targets(plan: Plan) -> None:
    """Write what it answers to reviews without labels, and sentences."""
    (plan.work / ENGLISH_TARGETS).unlink(missing_ok=True)
    choices = ["--source", plan.english, *_made(plan, plan.english_written), "--output", ENGLISH_TARGETS]
    run_command([*WRITE_ENGLISH_TARGETS, ENGLISH_TEACHER, *choices], cwd=plan.work)


def learn_english(plan: Plan) -> None:
    """Train the English classifier from the encoder, on labels and targets."""
    choices = ("--from", ENGLISH_ENCODER, "--data", plan.english, "--teacher", ENGLISH_TARGETS)
    settings = (*ENGLISH_SETTINGS, "training.epochs=2")
    train(plan, "train", plan.training, ENGLISH_CLASSIFIER, *choices, settings=settings)


def evaluate_english(plan: Plan) -> None:
    """Measure the English classifier, as shipped, on the test rows."""
    _write_report(plan, ENGLISH_CLASSIFIER, ENGLISH_REPORT)


def place_english(plan: Plan) -> None:
    """Write the English ones in the form to ship."""
    _place(plan, [ENGLISH_ENCODER], [ENGLISH_CLASSIFIER, "--report", ENGLISH_REPORT])


def _write_report(plan: Plan, name: str, report: str) -> None:
    write_whole(plan.work / report, command_output([*SENTIMENT, "eval", "--model", name, "--json"], plan.work))


def _threads(plan: Plan) -> list[str]:
    return [] if plan.threads is None else ["--threads", str(plan.threads)]


def _of_films(plan: Plan, start: str) -> tuple[str, ...]:
    return ("--from", start, "--data", plan.films[0])


def _commented(plan: Plan, start: str) -> tuple[str, ...]:
    columns = ("--text-column", "text", "--label-column", "sentiment")
    return ("--from", start, "--data", _linked(plan, plan.comments), *columns)


def _unlabelled(plan: Plan, files: Sequence[Path]) -> list[str]:
    return [word for file in files for word in ("--unlabelled", _linked(plan, file))]


def _made(plan: Plan, written: Path) -> list[str]:
    return ["--sentences", str(plan.sentences), "--written", str(written)]


def _linked(plan: Plan, file: Path) -> str:
    """Link a file into the working folder and return its name: records must contain no path of this machine."""
    link = plan.work / file.name
    if not link.exists():
        link.symlink_to(file.resolve())
    return file.name


def place(plan: Plan) -> None:
    """Write the Korean ones in the form to ship, with their cards, each atomically."""
    _place(plan, [SHIPPED_ENCODER], *([name, "--report", report] for name, report in REPORTS.items()))


def _place(plan: Plan, *sources: Sequence[str]) -> None:
    into = [] if plan.into is None else ["--into", str(plan.into)]
    for source in sources:
        run_command([*SHIP, *source, *into], cwd=plan.work)


STAGES = (
    Stage("pretrain", f"{SHIPPED_ENCODER}/manifest.json", pretrain),
    Stage("pretrain-wide", f"{WIDE_ENCODER}/manifest.json", pretrain_wide),
    Stage("film-teacher-0", f"{FILM_TEACHERS[0]}/manifest.json", learn_first_film_teacher),
    Stage("film-teacher-1", f"{FILM_TEACHERS[1]}/manifest.json", learn_second_film_teacher),
    Stage("film-targets", FILM_TARGETS, write_film_targets),
    Stage("pretrain-films", f"{FILM_ENCODER}/manifest.json", pretrain_films),
    Stage("films", f"{FILM_CLASSIFIER}/manifest.json", learn_films),
    Stage("side-targets", SIDE_TARGETS, write_side_targets),
    Stage("sides", f"{SIDES}/manifest.json", learn_sides),
    Stage("comments", f"{COMMENTS}/manifest.json", learn_comments),
    Stage("targets", TARGETS, write_targets),
    Stage("opinions", f"{ALL_OPINIONS}/manifest.json", learn_opinions),
    Stage("comments-again", f"{DEFAULT_CLASSIFIER}/manifest.json", learn_comments_again),
    Stage("evaluate", REPORTS[DEFAULT_CLASSIFIER], evaluate),
    Stage("place", None, place),
    Stage("pretrain-english", f"{ENGLISH_ENCODER}/manifest.json", pretrain_english, is_english=True),
    Stage("english-teacher", f"{ENGLISH_TEACHER}/manifest.json", learn_english_labels, is_english=True),
    Stage("english-targets", ENGLISH_TARGETS, write_english_targets, is_english=True),
    Stage("english", f"{ENGLISH_CLASSIFIER}/manifest.json", learn_english, is_english=True),
    Stage("evaluate-english", ENGLISH_REPORT, evaluate_english, is_english=True),
    Stage("place-english", None, place_english, is_english=True),
)


def is_done(stage: Stage, work: Path) -> bool:
    """Return whether a stage's result exists and is not older than the earlier ones of its language."""
    earlier = [one for one in STAGES[: STAGES.index(stage) + 1] if one.is_english == stage.is_english]
    results = [work / one.result for one in earlier if one.result is not None]
    times = [result.stat().st_mtime_ns for result in results if result.exists()]
    return stage.result is not None and results[-1].exists() and times[-1] == max(times)


def _resolved(word: str) -> Path:
    return Path(word).resolve()


def main() -> None:
    """Run the stages."""
    names = [stage.name for stage in STAGES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=_resolved, default=_resolved("runs/shipped"), metavar="DIR", help="all results")
    parser.add_argument("--stages", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--pretraining", default="pretrain", metavar="CONFIG")
    parser.add_argument("--english-pretraining", default="pretrain_english", metavar="CONFIG")
    parser.add_argument("--training", default="finetune", metavar="CONFIG")
    parser.add_argument("--english", default="imdb", metavar="SOURCE", help="labelled English texts")
    parser.add_argument("--films", nargs="+", default=FILMS, metavar="SOURCE", help="film reviews, labelled ones first")
    folder = data_folder() or Path()
    parser.add_argument("--comments", type=Path, default=folder / COMMENTS_FILE, metavar="FILE", help="with labels")
    unlabelled = [folder / name for name in UNLABELLED_FILES]
    parser.add_argument("--unlabelled", type=Path, nargs="+", default=unlabelled, metavar="FILE", help="more texts")
    parser.add_argument("--sentences", type=int, default=36_000, metavar="N", help="number of composed sentences")
    parser.add_argument("--written", type=_resolved, default=WRITTEN, metavar="FILE", help="Korean ones, written whole")
    parser.add_argument("--english-written", type=_resolved, default=WRITTEN_IN_ENGLISH, metavar="FILE", help="English")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE", help="for all")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--into", type=_resolved, metavar="DIR", help="folder to put them in; the package's")
    chosen = vars(parser.parse_args())
    stages = chosen.pop("stages")
    plan = Plan(**chosen)
    plan.work.mkdir(parents=True, exist_ok=True)
    for stage in STAGES:
        if stage.name not in stages:
            continue
        if is_done(stage, plan.work):
            print(f"{stage.name}: done already", flush=True)
            continue
        print(f"{stage.name}: {stage.run.__doc__}", flush=True)
        with failures_end_the_script():
            stage.run(plan)


if __name__ == "__main__":
    main()
