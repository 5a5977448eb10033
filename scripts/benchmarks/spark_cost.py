"""Compute hours and money of predicting many rows on Spark, as a Markdown table.

    python scripts/benchmarks/spark_cost.py --rate 5000 --start 10

The plan has no shuffle, so a job is waves of equal tasks: `cores` at once, each of `task_rows` rows at `rate` rows a
second, slowed by what a core of a busy cluster loses (`efficiency`). The driver starts tasks one by one, and at the end
lists and renames the files. `rate` and `start` are measured by spark_speed.py (`curve` with local[1]); the rest are
assumptions, printed above the table.
"""

import argparse
from dataclasses import dataclass
from math import ceil

ROWS = (10**5, 10**6, 10**7, 10**9, 10**11)
CORES = (2, 64, 1024)


@dataclass(frozen=True)
class Costs:
    """What a job costs.

    Attributes:
        rate: Rows a second of one core.
        start: Seconds until the first task runs: the JVM, the session, the model in each worker.
        efficiency: Share of that rate that is left on a cluster.
        task_rows: Rows of a task.
        task_s: Seconds of the driver for each task and its file.
        price: Of an hour of a core, with the memory that it needs.
    """

    rate: float
    start: float
    efficiency: float
    task_rows: int
    task_s: float
    price: float

    def hours(self, rows: int, cores: int) -> float:
        """Return the duration of a job."""
        tasks = ceil(rows / min(self.task_rows, ceil(rows / cores)))
        full_task_s = rows / tasks / (self.rate * self.efficiency)
        return (self.start + ceil(tasks / cores) * full_task_s + tasks * self.task_s) / 3600

    def money(self, rows: int, cores: int) -> float:
        """Return the price of a job: all cores, from its start to its end."""
        return self.hours(rows, cores) * cores * self.price


def shown(value: float) -> str:
    """Return a number with three digits, without an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


def main() -> None:
    """Print the assumptions, and hours and money for each number of rows and cores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, required=True, help="rows a second of one core, measured")
    parser.add_argument("--start", type=float, required=True, help="seconds until the first task runs, measured")
    parser.add_argument("--efficiency", type=float, default=0.85, help="share of the rate left on a cluster, assumed")
    parser.add_argument("--task-rows", type=int, default=1_000_000, help="rows of a task")
    parser.add_argument("--task-s", type=float, default=0.02, help="seconds of the driver for a task, assumed")
    parser.add_argument("--price", type=float, default=0.05, help="dollars an hour of a core, assumed")
    costs = Costs(**vars(parser.parse_args()))
    print(", ".join(f"{name} {value:,}" for name, value in vars(costs).items()) + "\n")
    print("| rows | " + " | ".join(f"{cores:,} cores: hours | $" for cores in CORES) + " |")
    print("| --- |" + " --- |" * 2 * len(CORES))
    for rows in ROWS:
        cells = (f"{shown(costs.hours(rows, cores))} | {shown(costs.money(rows, cores))}" for cores in CORES)
        print(f"| {rows:,} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
