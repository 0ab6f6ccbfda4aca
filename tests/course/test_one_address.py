"""The repository's address stands in _config.yml; whatever else has it was made from there."""

from tests.course.repository import texts
from tools.project import address, branch

DERIVED = (".ipynb",)


def test_address_stands_in_the_configuration_alone():
    holders = [name for name, text in texts(notebooks=True).items() if address().split("://")[1] in text]
    written = [name for name in holders if not name.endswith(DERIVED)]
    assert written == ["_config.yml"], f"the address stands in {written}; derive it with tools.project.address()"


def test_address_and_branch_are_well_formed():
    assert address().startswith("https://")
    assert address().count("/") == 4
    assert branch()
