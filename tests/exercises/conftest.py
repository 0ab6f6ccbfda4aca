"""Prints what the tests of the checks measured: one line for each exercise, below the tests' own summary."""


def pytest_terminal_summary(terminalreporter):
    reports = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    rows = sorted({value for r in reports for key, value in getattr(r, "user_properties", []) if key == "checks_row"})
    if rows:
        terminalreporter.section("checks: wrong answers rejected, correct ones refused")
        for _, line in rows:
            terminalreporter.line(line)
