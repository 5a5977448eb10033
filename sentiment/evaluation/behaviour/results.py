"""How many cases pass, of a kind or of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sentiment.data.behaviour import Case, Expectation
from sentiment.evaluation.behaviour.outcomes import Outcome
from sentiment.metrics import accuracy_interval


@dataclass(frozen=True)
class Result:
    """How many of some cases passed.

    Attributes:
        n: cases judged.
        skipped: cases that expect a label that the model lacks.
        passed: cases passed.
        interval: Wilson's 95 % interval of the share that passed; None if none was judged.
        baselines: cases that each baseline passed.
    """

    n: int
    skipped: int
    passed: int
    interval: tuple[float, float] | None
    baselines: Mapping[str, int]


@dataclass(frozen=True)
class Results:
    """The outcomes of a suite, to be counted by kind.

    Attributes:
        cases: all of them, judged or not.
        outcomes: of the model.
        by_baseline: the outcomes of each baseline, of the same cases.
    """

    cases: Sequence[Case]
    outcomes: Sequence[Outcome]
    by_baseline: Mapping[str, Sequence[Outcome]]

    def of(self, *, kind: str | None = None, test: Expectation | None = None) -> Result:
        """Return the result of the cases of a kind, of a kind of test, or of all."""

        def is_counted(case: Case) -> bool:
            return kind in (None, case.kind) and test in (None, case.test)

        passed = {
            name: [outcome.passed for outcome in outcomes if is_counted(outcome.case)]
            for name, outcomes in self.by_baseline.items()
        }
        own = [outcome.passed for outcome in self.outcomes if is_counted(outcome.case)]
        return Result(
            n=len(own),
            skipped=sum(map(is_counted, self.cases)) - len(own),
            passed=sum(own),
            interval=accuracy_interval(sum(own), len(own)) if own else None,
            baselines={name: sum(several) for name, several in passed.items()},
        )
