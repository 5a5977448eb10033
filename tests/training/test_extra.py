"""Training without the packages it needs."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("package", ["torch", "matplotlib"])
def test_a_missing_package_is_one_line_that_names_the_extra(package: str) -> None:
    script = (
        "import importlib.util, sys\n"
        "find = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name, *rest: None if name == {package!r} else find(name, *rest)\n"
        "sys.argv = ['sentiment', 'train', 'quick', '--data', 'sample']\n"
        "from sentiment.cli import main\n"
        "main()\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 8
    assert ended.stderr == f"error: {package} is not installed; this needs: pip install 'recurrent-sentiment[train]'\n"
