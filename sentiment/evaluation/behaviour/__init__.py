"""Check what a classifier does with the cases of a suite, kind by kind, beside the baselines."""

from sentiment.evaluation.behaviour.outcomes import LabelMap, Outcome, judge
from sentiment.evaluation.behaviour.results import Result
from sentiment.evaluation.behaviour.run import AUTO, BehaviourReport, check_behaviour

__all__ = ["AUTO", "BehaviourReport", "LabelMap", "Outcome", "Result", "check_behaviour", "judge"]
