"""Write tests/constraints.txt: the exact versions for tests, with their SHA-256 checksums.

    pip install uv && python scripts/release/lock.py

torch and the CUDA libraries of its Linux build are excluded: one version of torch has builds with and without CUDA,
whose checksums and dependencies differ, so scripts/test pins it by version.
"""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
OUT = ROOT / "tests" / "constraints.txt"
BUILD_DEPENDENT = re.compile(r"((torch|triton)==|nvidia-|cuda-)")
HEADER = (
    "# Written by scripts/release/lock.py. "
    "Install with: pip install --require-hashes --no-deps -r tests/constraints.txt\n"
)
COMMAND = "uv pip compile pyproject.toml --extra test --universal --generate-hashes --python-version 3.11"


def main() -> None:
    """Resolve the extra `test` for every platform and write the file."""
    options = ["--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]
    resolved = subprocess.run([*COMMAND.split(), *options], cwd=ROOT, check=True, text=True, capture_output=True).stdout
    packages = re.split(r"\n(?=\S)", resolved.strip())
    kept = [package for package in packages if not BUILD_DEPENDENT.match(package)]
    OUT.write_text(HEADER + "\n".join(kept) + "\n", encoding="utf-8")
    print(f"{OUT.relative_to(ROOT)}: {len(kept)} packages")


if __name__ == "__main__":
    main()
