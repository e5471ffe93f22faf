"""Execute one notebook through papermill's Python API, in a fresh kernel process."""

import logging
import tempfile
from pathlib import Path

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from inklusion import errors
from inklusion.errors import ReportError

_START_ATTEMPTS = 3
_START_SECONDS = 60


def parameters_of(path: Path) -> dict[str, str]:
    """Names and defaults of a notebook's parameters."""
    return {name: entry["default"] for name, entry in papermill.inspect_notebook(str(path)).items()}


def execute(path: Path, parameters: dict[str, str], *, keep: Path, timeout: int) -> nbformat.NotebookNode:
    """Execute a notebook and return it; start-up of the kernel is retried, the cells never.

    Parameters
    ----------
    path
        The notebook.
    parameters
        Checked names and string values.
    keep
        Where the executed notebook goes when a cell fails.
    timeout
        Seconds that one cell may take.

    Raises
    ------
    ReportError
        In Danish, naming notebook, cell and the library's own message.
    """
    logging.getLogger("papermill").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="inklusion-") as folder:
        output = Path(folder) / path.name
        try:
            _execute(path, output, parameters, timeout)
        except PapermillExecutionError as problem:
            _keep(output, keep)
            raise ReportError(
                f"{path.name}, celle {problem.cell_index}: {_told(problem)} Den udførte notesbog ligger i {keep.parent.parent.parent.name}/."
            ) from None
        except Exception as problem:
            _keep(output, keep)
            raise ReportError(f"{path.name} kunne ikke udføres: {type(problem).__name__}.") from None
        return nbformat.read(output, as_version=4)


def _told(problem: PapermillExecutionError) -> str:
    """The library's own messages hold no values; of any other error only the kind is told."""
    own = isinstance(getattr(errors, problem.ename, None), type)
    return f"{problem.ename}: {problem.evalue}" if own else f"{problem.ename}."


def _execute(path: Path, output: Path, parameters: dict[str, str], timeout: int) -> None:
    for attempt in range(1, _START_ATTEMPTS + 1):
        try:
            papermill.execute_notebook(
                str(path),
                str(output),
                parameters=parameters,
                kernel_name="python3",
                cwd=str(path.parent),
                progress_bar=False,
                log_output=False,
                execution_timeout=timeout,
                start_timeout=_START_SECONDS,
            )
            return
        except PapermillExecutionError:
            raise
        except Exception:
            if attempt == _START_ATTEMPTS or _has_run_a_cell(output):
                raise


def _has_run_a_cell(output: Path) -> bool:
    if not output.exists():
        return False
    cells = nbformat.read(output, as_version=4).cells
    return any(cell.get("execution_count") for cell in cells)


def _keep(output: Path, keep: Path) -> None:
    if output.exists():
        keep.parent.mkdir(parents=True, exist_ok=True)
        keep.write_bytes(output.read_bytes())
