"""Run the page's script outside a page, in the node that is installed or that Playwright brings along."""

import json
import shutil
import subprocess
from pathlib import Path

RUNTIME = Path("rnncourse/widgets/static/figures.js").resolve()
ASK = """
const api = require(process.argv[1]);
const { spec, settings } = JSON.parse(require("fs").readFileSync(0, "utf8"));
api.usePalette(spec.palette);
const evaluate = api.evaluator(spec);
const answers = settings.map((p) => {
  const values = evaluate(p);
  return { values, words: api.readout(spec.readout, values), svg: api.renderPanels(spec.panels, values) };
});
process.stdout.write(JSON.stringify(answers));
"""


def node():
    """The path of a node, or None."""
    found = shutil.which("node")
    if found is None:
        try:
            from playwright._impl._driver import compute_driver_executable
        except ImportError:
            return None
        found = str(compute_driver_executable()[0])
    return found


def answers(spec, settings):
    """What the page would show at these settings: values, words and drawing."""
    question = json.dumps({"spec": spec, "settings": settings})
    done = subprocess.run(
        [node(), "-e", ASK, "--", str(RUNTIME)], input=question, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
