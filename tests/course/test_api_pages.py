"""The pages that list the package: every public module stands on one of them, a system's once its chapter is there."""

import re
import sys
from collections import Counter

import pytest

from tests.course.repository import ROOT

sys.path.insert(0, str(ROOT / "tools" / "book_extension"))
from course_pages import MARKER, public_modules

PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("book/api/*.md"))}
PACKAGES = [package for text in PAGES.values() for package in MARKER.findall(text)]
LISTED = Counter(name for package in PACKAGES for name in public_modules(package))
SYSTEMS = sorted(path.parent for path in ROOT.glob("rnncourse/systems/*/__init__.py"))
UNLISTED = "rnncourse.exercises."  # what its sheets hold is in book/exercises.md


def written(system):
    """The number of a system's chapter, and whether it is there."""
    number = int(re.search(r"Chapter (\d+): ", (system / "__init__.py").read_text(encoding="utf-8"))[1])
    return number, any(ROOT.glob(f"book/chapters/{number:02}_*.md"))


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_a_system_has_its_page_once_its_chapter_is_there(system):
    number, there = written(system)
    page, line = f"systems_{system.name}", f"<!-- modules of rnncourse.systems.{system.name} -->"
    assert (line in PAGES.get(page, "")) == there, (
        f"book/api/{page}.md, which has the line {line}, and its line in _toc.yml come with chapter {number}"
    )


def test_every_public_module_stands_on_one_page():
    files = [path.relative_to(ROOT).with_suffix("").parts for path in ROOT.glob("rnncourse/**/*.py")]
    public = {".".join(parts) for parts in files if not any(part.startswith("_") for part in parts)}
    unlisted = [UNLISTED, *(f"rnncourse.systems.{system.name}." for system in SYSTEMS if not written(system)[1])]
    assert Counter(name for name in public if not name.startswith(tuple(unlisted))) == LISTED
