"""Where the project's folders are, and an environment that keeps every tool inside them."""

import os
from pathlib import Path

from inklusion.errors import InklusionError

# Kernels talk to this machine only and keep no history; their warnings would drown the batch's own lines.
_KERNEL_SETTINGS = "c.IPKernelApp.log_level = 50\nc.HistoryManager.enabled = False\n"
_MARK = Path("data") / "raw" / "manifest.toml"


def root() -> Path:
    """The project folder: ``INKLUSION_PROJECT``, else the nearest folder above with a manifest.

    Raises
    ------
    InklusionError
        When neither leads to a folder with ``data/raw/manifest.toml``.
    """
    chosen = os.environ.get("INKLUSION_PROJECT")
    here = Path.cwd()
    candidates = [Path(chosen)] if chosen else [here, *here.parents, *Path(__file__).resolve().parents]
    for folder in candidates:
        if (folder / _MARK).is_file():
            return folder.resolve()
    raise InklusionError(
        f"No project folder: looked for {_MARK.as_posix()} in {chosen or here} and above. "
        "Start the command inside the project, or set INKLUSION_PROJECT to its folder."
    )


def raw_folder() -> Path:
    """``data/raw``: deliveries that never change."""
    return root() / "data" / "raw"


def processed_folder(edition: str) -> Path:
    """``data/processed/<edition>``: tables rebuilt from the deliveries."""
    return root() / "data" / "processed" / edition


def settings_folder() -> Path:
    """``settings``: the choices that a researcher edits."""
    return root() / "settings"


def own_folder() -> Path:
    """``data/own``: a user's own register; git-ignored."""
    return root() / "data" / "own"


def contained_environment() -> dict[str, str]:
    """Environment variables that keep Jupyter, IPython and matplotlib inside the project.

    One BLAS thread: runs side by side do not fight for cores, and sums are added in one order.
    """
    cache = root() / ".cache"
    folders = {
        "JUPYTER_CONFIG_DIR": "jupyter/config",
        "JUPYTER_DATA_DIR": "jupyter/data",
        "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
        "JUPYTERLAB_SETTINGS_DIR": "jupyter/lab/settings",
        "JUPYTERLAB_WORKSPACES_DIR": "jupyter/lab/workspaces",
        "IPYTHONDIR": "ipython",
        "MPLCONFIGDIR": "matplotlib",
        "XDG_CACHE_HOME": "xdg",
    }
    settings = {name: str(cache / folder) for name, folder in folders.items()}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {
        **settings,
        **threads,
        "MPLBACKEND": "agg",
        "OMP_WAIT_POLICY": "PASSIVE",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "INKLUSION_PROJECT": str(root()),
    }


def contain() -> None:
    """Put :func:`contained_environment` into force for this process and its children."""
    settings = contained_environment()
    for name, value in settings.items():
        if name.endswith("DIR") or name == "XDG_CACHE_HOME":
            Path(value).mkdir(parents=True, exist_ok=True)
    profile = Path(settings["IPYTHONDIR"]) / "profile_default"
    profile.mkdir(exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(_KERNEL_SETTINGS, encoding="utf-8")
    os.environ.update(settings)
