"""Ensembles of models, as a teacher for `sentiment train --teacher`."""

from sentiment.ensemble.answering import MemberResult, TeacherFile, answer_together

__all__ = ["MemberResult", "TeacherFile", "answer_together"]
