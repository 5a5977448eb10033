"""A model directory is written whole or not at all."""

import errno
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sentiment.errors import ModelDirectoryError, OutputError
from sentiment.model_dir import (
    CONFIG_FILE,
    FORMAT_VERSION,
    MANIFEST_FILE,
    ONNX_FILE,
    TOKENIZER_FILE,
    ModelDirectory,
    check_out,
    staged_model_dir,
)

LABELS = ("negative", "positive")
NOT_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
WriteModel = Callable[..., Path]


def contents(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def enter(path: Path, *, replace: bool) -> None:
    with staged_model_dir(path, labels=LABELS, replace=replace):
        pytest.fail("the block ran")


def write_and_raise(path: Path, error: BaseException, *, replace: bool = False) -> None:
    with staged_model_dir(path, labels=LABELS, replace=replace) as stage:
        (stage / ONNX_FILE).write_bytes(b"half")
        raise error


class TestWriting:
    def test_a_clean_exit_leaves_the_files_and_a_manifest_and_nothing_else(
        self, tmp_path: Path, write_minimal: WriteModel
    ) -> None:
        before = datetime.now(UTC)
        path = write_minimal(tmp_path / "deep" / "model")
        manifest = json.loads((path / MANIFEST_FILE).read_text())
        assert contents(path.parent) == {"model"}
        assert manifest["format_version"] == FORMAT_VERSION
        assert manifest["labels"] == list(LABELS)
        assert manifest["files"][ONNX_FILE] == {"size_bytes": 5, "sha256": hashlib.sha256(b"graph").hexdigest()}
        assert set(manifest["files"]) == contents(path) - {MANIFEST_FILE}
        model = ModelDirectory.open(path)
        assert (model.labels, model.max_tokens, model.config.tokenizer.max_tokens) == (LABELS, 7, 7)
        assert before <= model.created <= datetime.now(UTC)
        model.verify()

    @pytest.mark.parametrize("error", [RuntimeError("bug"), KeyboardInterrupt(), SystemExit(1)])
    def test_an_exception_leaves_nothing(self, tmp_path: Path, error: BaseException) -> None:
        with pytest.raises(type(error)):
            write_and_raise(tmp_path / "model", error)
        assert contents(tmp_path) == set()

    def test_an_exception_leaves_the_old_model(self, tmp_path: Path, write_minimal: WriteModel) -> None:
        path = write_minimal(tmp_path / "model")
        with pytest.raises(RuntimeError):
            write_and_raise(path, RuntimeError(), replace=True)
        assert contents(tmp_path) == {"model"}
        ModelDirectory.open(path).verify()

    def test_a_model_without_its_graph_never_stands(self, tmp_path: Path) -> None:
        stage = staged_model_dir(tmp_path / "model", labels=LABELS, replace=False)
        (stage.__enter__() / CONFIG_FILE).write_text("{}")
        with pytest.raises(ModelDirectoryError, match=r"files does not list tokenizer\.json"):
            stage.__exit__(None, None, None)
        assert contents(tmp_path) == set()

    @pytest.mark.parametrize("labels", [("one",), ("same", "same"), ("", "empty"), ()])
    def test_labels_that_no_classifier_can_have_are_refused_before_anything_is_written(
        self, tmp_path: Path, labels: tuple[str, ...]
    ) -> None:
        with (
            pytest.raises(ValueError, match="labels must"),
            staged_model_dir(tmp_path / "m", labels=labels, replace=False),
        ):
            pytest.fail("the block ran")
        assert contents(tmp_path) == set()

    def test_a_relative_path_survives_a_change_of_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path)
        with staged_model_dir(Path("model"), labels=LABELS, replace=False) as stage:
            (stage / CONFIG_FILE).write_text("{}")
            (stage / TOKENIZER_FILE).write_text("{}")
            (stage / ONNX_FILE).write_bytes(b"graph")
            monkeypatch.chdir("elsewhere")
        assert contents(tmp_path) == {"elsewhere", "model"}

    def test_a_model_is_as_readable_as_the_umask_says(self, tmp_path: Path, write_minimal: WriteModel) -> None:
        path = write_minimal(tmp_path / "model")
        expected = tmp_path / "expected"
        expected.mkdir()
        assert path.stat().st_mode == expected.stat().st_mode


class TestReplacing:
    def test_the_new_model_stands_and_the_old_one_is_gone(self, tmp_path: Path, write_minimal: WriteModel) -> None:
        path = write_minimal(tmp_path / "model")
        write_minimal(path, tokenizer="new", replace=True)
        assert ModelDirectory.open(path).read(TOKENIZER_FILE) == b"new"
        assert contents(tmp_path) == {"model"}

    def test_without_replace_the_old_model_stays(self, tmp_path: Path, write_minimal: WriteModel) -> None:
        path = write_minimal(tmp_path / "model")
        with pytest.raises(OutputError, match="already exists; choose another place, or replace it with `force`"):
            write_minimal(path, tokenizer="new")
        assert ModelDirectory.open(path).read(TOKENIZER_FILE) == b"old"

    def test_the_old_model_is_put_back_if_the_new_one_cannot_take_its_place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_minimal: WriteModel
    ) -> None:
        path = write_minimal(tmp_path / "model")
        rename = Path.rename

        def fail_on_new(source: Path, target: Path) -> Path:
            if ".tmp-" in source.name:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return rename(source, target)

        monkeypatch.setattr(Path, "rename", fail_on_new)
        with pytest.raises(OutputError, match="Input/output error"):
            write_minimal(path, tokenizer="new", replace=True)
        assert ModelDirectory.open(path).read(TOKENIZER_FILE) == b"old"
        assert contents(tmp_path) == {"model"}

    def test_an_empty_directory_may_be_replaced(self, tmp_path: Path, write_minimal: WriteModel) -> None:
        (tmp_path / "model").mkdir()
        ModelDirectory.open(write_minimal(tmp_path / "model", replace=True)).verify()

    def test_a_broken_model_may_be_replaced(self, tmp_path: Path, write_minimal: WriteModel) -> None:
        path = write_minimal(tmp_path / "model")
        (path / MANIFEST_FILE).write_text("{")
        ModelDirectory.open(write_minimal(path, tokenizer="new", replace=True)).verify()

    def test_a_directory_that_is_no_model_is_spared(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("years")
        with pytest.raises(OutputError, match="not a model directory, so `force` does not replace it"):
            check_out(tmp_path, replace=True)

    def test_a_file_of_the_user_in_a_model_directory_is_spared(self, tmp_path: Path, write_minimal: WriteModel) -> None:
        path = write_minimal(tmp_path / "model")
        (path / "answers.csv").write_text("mine")
        with pytest.raises(OutputError, match=r"contains 'answers\.csv', which `force` would delete; move it"):
            write_minimal(path, replace=True)
        assert (path / "answers.csv").read_text() == "mine"

    @pytest.mark.parametrize("kind", ["file", "link"])
    def test_what_is_not_a_directory_is_spared(self, tmp_path: Path, kind: str, write_minimal: WriteModel) -> None:
        path = tmp_path / "model"
        if kind == "file":
            path.write_text("mine")
        else:
            path.symlink_to(write_minimal(tmp_path / "real"))
        with pytest.raises(OutputError, match="not a model directory"):
            write_minimal(path, replace=True)
        assert path.is_symlink() or path.read_text() == "mine"


class TestFailures:
    def test_a_full_disk_is_one_line_and_leaves_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError) as caught:
            write_and_raise(tmp_path / "model", OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        fault, remedy = "cannot be written (No space left on device)", "free some space, or choose another disk"
        assert str(caught.value) == f"{tmp_path / 'model'}: {fault}; {remedy}"
        assert contents(tmp_path) == set()

    @pytest.mark.parametrize("check", [check_out, enter])
    def test_a_file_where_a_folder_should_be(self, tmp_path: Path, check: Callable[..., object]) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(OutputError, match=r"model: cannot be written.*choose another place$"):
            check(tmp_path / "file" / "runs" / "model", replace=False)

    @NOT_ROOT
    @pytest.mark.parametrize("check", [check_out, enter])
    def test_a_folder_that_may_not_be_written(self, tmp_path: Path, check: Callable[..., object]) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(OutputError, match="choose a writable folder"):
            check(tmp_path / "model", replace=False)
        tmp_path.chmod(0o700)

    def test_check_out_asks_whether_the_nearest_folder_may_be_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
        with pytest.raises(OutputError, match=f"because {re.escape(str(tmp_path))} is not writable; choose a"):
            check_out(tmp_path / "runs" / "model", replace=False)

    def test_check_out_writes_nothing(self, tmp_path: Path) -> None:
        check_out(tmp_path / "runs" / "model", replace=False)
        assert contents(tmp_path) == set()


class TestLeftovers:
    @staticmethod
    def killed(path: Path, stage: str) -> None:
        """Write to `path` in a process that dies at a rename, or in the block."""
        script = f"""
import os, signal
from pathlib import Path
from sentiment.model_dir import staged_model_dir
renames = []
rename = Path.rename
def dying_rename(source, target):
    if {stage!r} == "swap" and ".tmp-" in source.name:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(source, target)
Path.rename = dying_rename
with staged_model_dir(Path({str(path)!r}), labels=("a", "b"), replace=True) as staging:
    for name in ("config.yaml", "tokenizer.json", "model.onnx"):
        (staging / name).write_text("{{}}")
    if {stage!r} == "block":
        os.kill(os.getpid(), signal.SIGKILL)
"""
        assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9

    def test_those_of_a_killed_process_are_cleared(self, tmp_path: Path, write_minimal: WriteModel) -> None:
        path = tmp_path / "model"
        self.killed(path, "block")
        assert len(contents(tmp_path)) == 1
        write_minimal(path)
        assert contents(tmp_path) == {"model"}

    def test_a_model_set_aside_by_a_killed_process_is_put_back(self, tmp_path: Path, write_minimal: WriteModel) -> None:
        path = write_minimal(tmp_path / "model")
        self.killed(path, "swap")
        assert not path.exists()
        with pytest.raises(ModelDirectoryError, match=r"its old model is \.model\.old-\S+, rename it back"):
            ModelDirectory.open(path)
        with pytest.raises(RuntimeError):
            write_and_raise(path, RuntimeError(), replace=True)
        assert ModelDirectory.open(path).read(TOKENIZER_FILE) == b"old"
        assert contents(tmp_path) == {"model"}

    def test_others_are_left_alone(self, tmp_path: Path, write_minimal: WriteModel) -> None:
        with staged_model_dir(tmp_path / "model", labels=LABELS, replace=False) as running:
            machine = running.name.split("-")[1]
            foreign = {f".model.tmp-00000000-{2**22}-aa", f".model.tmp-{machine}-x-aa", ".model.tmp", "model-2"}
            for name in foreign:
                (tmp_path / name).mkdir()
            write_minimal(tmp_path / "other")
            with pytest.raises(RuntimeError):
                write_and_raise(tmp_path / "model", RuntimeError())
            assert contents(tmp_path) == foreign | {running.name, "other"}
            for name in (CONFIG_FILE, TOKENIZER_FILE, ONNX_FILE):
                (running / name).write_text("{}")
