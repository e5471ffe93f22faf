"""What to fetch for a closed machine: the locked packages as wheels, for this or another operating system."""

import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.requirements import Requirement

FOLDER = "wheelhouse"
_LINUX = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
PLATFORMS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "windows": (
        ("win_amd64",),
        {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows", "platform_machine": "AMD64"},
    ),
    "linux": (
        (*_LINUX, "linux_x86_64"),
        {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux", "platform_machine": "x86_64"},
    ),
}


def lock_for(lock: str, platform: str) -> str:
    r"""The lines of a lock file that apply to a platform, hashes with them and markers decided.

    Pip decides markers for the machine it runs on, whatever platform it downloads for.

    Parameters
    ----------
    lock
        Text of ``requirements.lock``.
    platform
        A name in ``PLATFORMS``; the Python version is this machine's.

    Examples
    --------
    >>> lock = "a==1 \\\n    --hash=sha256:0\nb==2 ; sys_platform == 'win32' \\\n    --hash=sha256:1\n"
    >>> lock_for(lock, "linux").splitlines()
    ['a==1 --hash=sha256:0']
    >>> lock_for(lock, "windows").splitlines()[1]
    'b==2 --hash=sha256:1'
    """
    _, markers = PLATFORMS[platform]
    kept = []
    for line in lock.replace("\\\n", " ").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        wanted, *hashes = line.split(" --hash=")
        requirement = Requirement(wanted.strip())
        if requirement.marker is None or requirement.marker.evaluate(dict(markers)):
            pinned = f"{requirement.name}{requirement.specifier}"
            kept.append(" ".join([pinned, *(f"--hash={text.strip()}" for text in hashes)]))
    return "\n".join(kept) + "\n"


def fetch(project: Path, platform: str | None = None) -> int:
    """Fetch every wheel of the lock into ``wheelhouse``; returns pip's exit code. Nothing is built or installed.

    Parameters
    ----------
    project
        The folder with ``requirements.lock``.
    platform
        A name in ``PLATFORMS``; without one, wheels for this machine.
    """
    lock = project / "requirements.lock"
    words = ["--disable-pip-version-check", "download", "--quiet", "--no-deps", "--require-hashes"]
    words += ["--only-binary=:all:", "--dest", str(project / FOLDER)]
    with tempfile.TemporaryDirectory() as folder:
        if platform:
            text = lock.read_text(encoding="utf-8")
            lock = Path(folder) / "requirements.txt"
            lock.write_text(lock_for(text, platform), encoding="utf-8")
            words += [word for tag in PLATFORMS[platform][0] for word in ("--platform", tag)]
        command = [sys.executable, "-m", "pip", *words, "--requirement", str(lock)]
        return subprocess.call(command, cwd=project)  # noqa: S603
