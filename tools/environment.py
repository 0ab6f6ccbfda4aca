"""Make the virtual environment .venv, or say in one line why that cannot be done.

    python3 tools/environment.py            with everything
    TORCH=no python3 tools/environment.py   without PyTorch; TORCH=yes adds it again

Runs on any Python 3 that a machine may have, so it uses nothing new and nothing but the standard library.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys

SUPPORTED = [(3, 13), (3, 12), (3, 11)]
EXTRAS = "interactive,data,extra-data,systems,book,test"
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, ".installed")
PYTHON = os.path.join(VENV, "bin", "python")
PINS = os.path.join(ROOT, "constraints.txt")
WITHOUT = "without PyTorch"
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
NO_REASON = ("[notice]", "WARNING", "hint:", "note:", "See above for output")


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
    names = [f"{major}.{minor}" for major, minor in reversed(SUPPORTED)]
    needed = " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    raise EnvironmentFault(
        f"the course needs Python {needed} and this is {sys.version_info[0]}.{sys.version_info[1]}: "
        f"install it, or name it: make book PYTHON=/path/to/python{names[0]}"
    )


def extras():  # type: () -> str
    """What is installed beside the package: with PyTorch, unless TORCH=no is said now, or was when .venv was made."""
    said = os.environ.get("TORCH", "").lower()
    if said not in ("", "yes", "no"):
        raise EnvironmentFault(f"TORCH is yes or no, not {said}")
    without = said == "no" or (said == "" and os.path.exists(STAMP) and WITHOUT in open_text(STAMP))
    return EXTRAS if without else "torch," + EXTRAS


def open_text(path):  # type: (str) -> str
    """The content of a text file."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def fingerprint():  # type: () -> str
    """What the environment was made from; another value means that it has to be brought up to date."""
    total = hashlib.sha256(extras().encode())
    for name in ("pyproject.toml", "constraints.txt"):
        text = open_text(os.path.join(ROOT, name))
        total.update(text.split("[tool.")[0].encode())  # settings of tools install nothing
    return total.hexdigest() + (" " + WITHOUT if extras() == EXTRAS else "")


def is_ready():  # type: () -> bool
    """Whether .venv exists, runs a supported Python and was made from the present requirements."""
    if not os.path.exists(STAMP) or version_of(PYTHON) not in SUPPORTED:
        return False
    return open_text(STAMP).strip() == fingerprint()


def create(python):  # type: (str) -> None
    """Make .venv where there is none that works."""
    if version_of(PYTHON) in SUPPORTED:
        return
    if subprocess.call([python, "-c", "import venv, ensurepip"], stderr=subprocess.DEVNULL):
        raise EnvironmentFault(
            f"this Python ({python}) has no module venv: on Debian and Ubuntu, apt-get install python3-venv"
        )
    print(f"making the virtual environment {os.path.basename(VENV)} with {python}", flush=True)
    status, said = run([python, "-m", "venv", "--clear", VENV])
    if status:
        raise EnvironmentFault(f"the virtual environment could not be made in {VENV}: {reason(said)}")


def run(command, packages=0):  # type: (list[str], int) -> tuple[int, list[str]]
    """Run a command in the course's folder: its exit status and its lines; progress is shown of so many packages."""
    said = []  # type: list[str]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "universal_newlines": True, "errors": "replace"}
    with subprocess.Popen(command, cwd=ROOT, **streams) as process:  # type: ignore[call-overload]
        for line in process.stdout:
            said.append(line)
            if packages:
                show_progress(said, packages)
    return process.returncode, said


def reason(said):  # type: (list[str]) -> str
    """The last line that tells an error; without one the last line of all."""
    lines = [line.strip() for line in said if line.strip() and not line.startswith(NO_REASON)]
    errors = [line for line in lines if re.match(r"(ERROR|error|[A-Z]\w*Error)\b", line)]
    told = [line for line in errors if "subprocess-exited" not in line and "metadata-generation" not in line]
    return re.sub(r"^(ERROR|error): ", "", (told or errors or lines or ["it said nothing"])[-1])


def open_pins():  # type: () -> list[str]
    """The lines of constraints.txt, or what stands in its place, that name a version."""
    return [line for line in open_text(PINS).splitlines() if "==" in line]


def show_progress(said, total):  # type: (list[str], int) -> None
    """One line that is written again and again, where somebody is there to see it."""
    if sys.stdout.isatty():
        found = sum(line.startswith(("Collecting ", "Requirement already")) for line in said)
        installing = said[-1].startswith("Installing collected")
        state = "all found, installing them" if installing else f"{min(found, total)} of {total} packages found"
        sys.stdout.write(f"\r  {state:<40}" + ("\n" if said[-1].startswith("Successfully installed") else ""))
        sys.stdout.flush()


def install():  # type: () -> None
    """Install the package with all extras, at the pinned versions."""
    print("installing what the course needs (some minutes, once)", flush=True)
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--retries", "2"]
    command += ["-c", PINS, "-e", f".[{extras()}]"]
    status, said = run(command, len(open_pins()))
    if status:
        if any(sign in "".join(said) for sign in NO_NETWORK):
            raise EnvironmentFault("no package index can be reached: connect this machine to the network and try again")
        sys.stderr.write("".join(said[-30:]))
        raise EnvironmentFault(f"the installation failed: {reason(said)}")
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
