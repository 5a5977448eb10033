"""Text generation with the language model of an encoder, in numpy: sampling, beam search, and gap filling."""

from sentiment.generation.generator import GeneratedText, TextGenerator
from sentiment.generation.labels import LabelJudge, judge_by_classifier
from sentiment.generation.sampling import SamplingSettings

__all__ = ["GeneratedText", "LabelJudge", "SamplingSettings", "TextGenerator", "judge_by_classifier"]
