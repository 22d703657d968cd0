"""How long graphs of models take to lay out and to draw: `python -m benchmarks.drawing`.

Laying out is Python's, measured here; drawing is the renderer's, measured in JupyterLab in Chromium: from
the description to the picture on the screen, and each step of moving about. Needs what the browser
tests need (`pip install ".[test]"`, Chromium). Figures are the best of several, of moving the middle.
"""

import json
import tempfile
import time
from pathlib import Path

from kerasnb import applications
from kerasnb.layers import Activation, Dense, Input, add
from kerasnb.models import Model
from kerasnb.notebook import show
from kerasnb.notebook.describe import describe_graph
from kerasnb.notebook.display import MIME
from tests.browser.pages import run_all, site

TIMES = 5
# From the description to the frame after the one in which it is painted; then moves and zooms, each
# to its next frame.
DRAW = """async ({ description, mime, times }) => {
  const { rendermime } = jupyterapp.shell.currentWidget.content;
  const frame = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
  const drawn = [], panned = [], zoomed = [];
  for (let turn = 0; turn < times; turn++) {
    const renderer = rendermime.createRenderer(mime);
    const place = document.querySelector('.jp-NotebookPanel .jp-OutputArea');
    await frame();
    let start = performance.now();
    place.append(renderer.node);
    await renderer.renderModel(rendermime.createModel({ data: { [mime]: description } }));
    await frame();
    drawn.push(performance.now() - start);
    const window = renderer.node.querySelector('.jp-kerasnb-Frame');
    for (const key of ['PageDown', 'ArrowDown', 'ArrowDown', '+', 'PageDown', '-']) {
      start = performance.now();
      window.dispatchEvent(new KeyboardEvent('keydown', { key }));
      await frame();
      ('+-'.includes(key) ? zoomed : panned).push(performance.now() - start);
    }
    renderer.dispose();
    renderer.node.remove();
  }
  const middle = times => times.sort((a, b) => a - b)[times.length >> 1];
  return { drawn: Math.min(...drawn), panned: middle(panned), zoomed: middle(zoomed) };
}"""


def chain(blocks):
    """A model of 3 * blocks + 1 layers, each third of which adds what came before."""
    x = first = Input((4,))
    for _ in range(blocks):
        x = add([x, Activation("relu")(Dense(4)(x))])
    return Model(first, x)


MODELS = {
    "1,000 layers": lambda: chain(333),
    "ResNet50": lambda: applications.resnet50.ResNet50(weights=None),
    "InceptionV3": lambda: applications.inception_v3.InceptionV3(weights=None),
}


def best(function):
    """Return the least time, in seconds of this thread, that a function takes."""
    times = []
    for _ in range(TIMES):
        start = time.thread_time()
        function()
        times.append(time.thread_time() - start)
    return min(times)


def main():
    with (
        tempfile.TemporaryDirectory() as folder,
        site(Path(folder)) as place,
        place.page("drawing.ipynb", "1 + 1", panel=False) as page,
    ):
        run_all(page)
        page.wait_for_selector(".jp-OutputArea-output")
        for name, make in MODELS.items():
            model = make()
            laid_out = best(lambda model=model: describe_graph(model))
            description = json.loads(json.dumps(show.graph(model).description))
            found = page.evaluate(DRAW, {"description": description, "mime": MIME, "times": TIMES})
            print(
                f"{name}: {len(description['views']['layer']['boxes'])} boxes; described in "
                f"{laid_out:.2f} s, drawn in {found['drawn'] / 1000:.2f} s, "
                f"a step of panning takes {found['panned']:.0f} ms, of zooming "
                f"{found['zoomed']:.0f} ms",
                flush=True,
            )


if __name__ == "__main__":
    main()
