"""Sends random requests, valid and not, to a service, and compares every response with its OpenAPI document.

Needs schemathesis: pip install schemathesis. Run it as

    python scripts/release/fuzz_service.py --cases 10000 --seed 1
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from served import running_service

OPERATIONS = 23
"""Of the document; the cases are divided among them."""
WITHOUT_ACCEPTANCE = ("predictTable", "modelInfer")
"""No schema can say that options fit a table, or a shape its data: some valid requests of these are refused."""


def fuzz(address: str, cases: int, seed: int) -> int:
    """Run schemathesis, and return the number of cases it generated, or 0 if one failed."""
    each = max(1, cases // OPERATIONS)
    command = [
        *("schemathesis", "run", f"{address}/openapi.json", "--url", address, "--seed", str(seed)),
        *("--max-examples", str(each), "--continue-on-failure"),
    ]
    checked = [*command, "--phases", "examples,coverage,fuzzing,stateful"]
    partly = [*command, "--phases", "examples,coverage,fuzzing", "--exclude-checks", "positive_data_acceptance"]
    for operation in WITHOUT_ACCEPTANCE:
        checked += ["--exclude-operation-id", operation]
        partly += ["--include-operation-id", operation]
    total = 0
    for part in (checked, partly):
        with TemporaryDirectory() as folder:
            ended = subprocess.run(part, cwd=folder, text=True, capture_output=True, check=False)
        found = re.search(r"([\d,]+) generated", ended.stdout)
        if ended.returncode or found is None:
            print(ended.stdout, ended.stderr, file=sys.stderr)
            return 0
        total += int(found[1].replace(",", ""))
    return total


def main() -> None:
    """Run the fuzzing that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="korean-opinion")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with running_service(arguments.model, "--no-access-log", "--max-queue", "100000") as service:
        total = fuzz(service.address, arguments.cases, arguments.seed)
        notes = service.notes()
    if not total or "Traceback" in notes:
        sys.exit(f"a case failed\n{notes}")
    print(f"{total:,} cases, 0 failures, no traceback")


if __name__ == "__main__":
    main()
