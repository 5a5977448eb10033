r"""Print the pass rates of models on a suite of behaviour, kind by kind, as the table of docs/behaviour.md.

    SENTIMENT_DATA=... python scripts/experiments/behaviour_table.py korean-sentiment korean-opinion --suite korean

In brackets is what a linear model passes that learned from the same rows. It needs the training rows of the model: run
it where they are found, for korean-opinion in the folder of kodoli.csv.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping

from sentiment.evaluation import LINEAR
from sentiment.evaluation.behaviour import BehaviourReport, Result, check_behaviour
from sentiment.model_dir import locate_model
from trainings import failures_end_the_script


def cells(result: Result) -> list[str]:
    """Return the share that passed, with what the linear model passed, and the interval, in per cent."""
    if result.interval is None:
        return ["", ""]
    linear = f" ({100 * result.baselines[LINEAR] / result.n:.0f})" if LINEAR in result.baselines else ""
    low, high = result.interval
    return [f"{100 * result.passed / result.n:.0f}{linear}", f"{100 * low:.0f} to {100 * high:.0f}"]


def table(reports: Mapping[str, BehaviourReport]) -> Iterator[str]:
    """Yield the lines of the table, in Markdown."""
    yield f"| kind | cases | {' | '.join(f'{name} % (linear) | 95 % interval' for name in reports)} |"
    yield "| --- | --- |" + " --- | --- |" * len(reports)
    several = list(reports.values())
    rows = [(f"`{kind}`", [one.kinds[kind] for one in several]) for kind in several[0].kinds]
    rows += [(f"all of {test}", [one.tests[test] for one in several]) for test in several[0].tests]
    rows.append(("all", [one.overall for one in several]))
    for name, results in rows:
        number = max(result.n + result.skipped for result in results)
        yield f"| {name} | {number} | {' | '.join(cell for result in results for cell in cells(result))} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--suite", default="korean", help="its name, or a YAML file")
    chosen = parser.parse_args()
    with failures_end_the_script():
        reports = {
            name: check_behaviour(locate_model(name), chosen.suite, notify=lambda line: print(line, file=sys.stderr))
            for name in chosen.models
        }
    for line in table(reports):
        print(line)


if __name__ == "__main__":
    main()
