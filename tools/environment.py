"""Make the virtual environment .venv, or say in one line why that cannot be done.

    python3 tools/environment.py

Runs on any Python 3 that a machine may have, so it uses nothing new and nothing but the standard library.
"""

import hashlib
import os
import shutil
import subprocess
import sys

SUPPORTED = [(3, 13), (3, 12), (3, 11)]
EXTRAS = "torch,interactive,data,extra-data,book,test"
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, ".installed")
PYTHON = os.path.join(VENV, "bin", "python")
NO_NETWORK = (
    "name resolution",
    "NameResolutionError",
    "Failed to establish a new connection",
    "Network is unreachable",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "Connection refused",
    "ProxyError",
    "(from versions: none)",
)


class EnvironmentFault(Exception):
    """Something that whoever runs make has to put right; the message says what to do."""


def version_of(python):  # type: (str) -> tuple[int, ...] | None
    """The first two numbers of an interpreter's version; None where it does not run."""
    try:
        text = subprocess.check_output(
            [python, "-c", "import sys; print(sys.version_info[0], sys.version_info[1])"], stderr=subprocess.DEVNULL
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return tuple(int(part) for part in text.split())


def find_python():  # type: () -> str
    """This interpreter if it will do, else the newest supported one on the path."""
    if sys.version_info[:2] in SUPPORTED:
        return sys.executable
    for major, minor in SUPPORTED:
        found = shutil.which(f"python{major}.{minor}")
        if found and version_of(found) == (major, minor):
            return found
    raise EnvironmentFault(
        f"the course needs Python 3.11, 3.12 or 3.13 and this is {sys.version_info[0]}.{sys.version_info[1]}: "
        "install one of them, or name it: make book PYTHON=/path/to/python3.12"
    )


def fingerprint():  # type: () -> str
    """What the environment was made from; another value means that it has to be brought up to date."""
    total = hashlib.sha256(EXTRAS.encode())
    for name in ("pyproject.toml", "constraints.txt"):
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            total.update(file.read().split("[tool.")[0].encode())  # settings of tools install nothing
    return total.hexdigest()


def is_ready():  # type: () -> bool
    """Whether .venv exists, runs a supported Python and was made from the present requirements."""
    if not os.path.exists(STAMP) or version_of(PYTHON) not in SUPPORTED:
        return False
    with open(STAMP) as file:
        return file.read().strip() == fingerprint()


def create(python):  # type: (str) -> None
    """Make .venv where there is none that works."""
    if version_of(PYTHON) in SUPPORTED:
        return
    if subprocess.call([python, "-c", "import venv, ensurepip"], stderr=subprocess.DEVNULL):
        raise EnvironmentFault(
            f"this Python ({python}) has no module venv: on Debian and Ubuntu, apt-get install python3-venv"
        )
    print(f"making the virtual environment .venv with {python}", flush=True)
    if subprocess.call([python, "-m", "venv", "--clear", VENV]):
        raise EnvironmentFault(f"the virtual environment could not be made in {VENV}: is the disk full or read-only?")


def open_pins():  # type: () -> list[str]
    """The lines of constraints.txt that name a version."""
    with open(os.path.join(ROOT, "constraints.txt"), encoding="utf-8") as file:
        return [line for line in file if "==" in line]


def show_progress(said, total):  # type: (list[str], int) -> None
    """One line that is written again and again, where somebody is there to see it."""
    if sys.stdout.isatty():
        found = sum(line.startswith(("Collecting ", "Requirement already")) for line in said)
        installing = said[-1].startswith("Installing collected")
        state = "all found, installing them" if installing else f"{min(found, total)} of {total} packages found"
        sys.stdout.write(f"\r  {state:<40}" + ("\n" if said[-1].startswith("Successfully installed") else ""))
        sys.stdout.flush()


def install():  # type: () -> None
    """Install the package with all extras, at the versions of constraints.txt."""
    print("installing what the course needs (some minutes, once)", flush=True)
    total = len(open_pins())
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--retries", "2"]
    command += ["-c", "constraints.txt", "-e", f".[{EXTRAS}]"]
    said = []  # type: list[str]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "universal_newlines": True}
    with subprocess.Popen(command, cwd=ROOT, **streams) as process:  # type: ignore[call-overload]
        for line in process.stdout:
            said.append(line)
            show_progress(said, total)
    if process.returncode:
        if any(sign in "".join(said) for sign in NO_NETWORK):
            raise EnvironmentFault("no package index can be reached: connect this machine to the network and try again")
        sys.stderr.write("".join(said[-30:]))
        raise EnvironmentFault("the installation failed: pip says above which package and why")
    with open(STAMP, "w") as file:
        file.write(fingerprint() + "\n")


def main():  # type: () -> int
    try:
        if not is_ready():
            create(find_python())
            install()
    except EnvironmentFault as fault:
        print(f"error: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted; run the same command again to go on", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
