"""Statistics of an evaluation: pure functions of arrays, without scipy, which the base install lacks."""
