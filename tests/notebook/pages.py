"""Reading HTML as a careful browser would: which elements, which attributes, which pictures."""

import base64
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

# What JupyterLab lets stand in a notebook that is not trusted, as far as we use it.
ALLOWED = {
    "b": set(),
    "br": set(),
    "caption": set(),
    "details": set(),
    "div": {"align", "class"},
    "img": {"src", "alt", "width", "height"},
    "p": set(),
    "pre": set(),
    "summary": set(),
    "table": set(),
    "tbody": set(),
    "td": {"align"},
    "th": {"align", "scope"},
    "thead": set(),
    "tr": set(),
}


class Page(HTMLParser):
    """A page as its elements, its text and its pictures."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements, self.text, self.images = [], "", []
        self._open = []
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "img":
            self.images.append(dict(attrs))
        elif tag != "br":
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl):
        raise AssertionError(f"a declaration: {decl}")

    def drawings(self):
        """The SVG drawings, parsed strictly."""
        start = "data:image/svg+xml;base64,"
        sources = [i["src"] for i in self.images if i["src"].startswith(start)]
        return [ElementTree.fromstring(base64.b64decode(s[len(start) :])) for s in sources]


def read(display):
    """Parse a display's HTML and check that nothing in it needs trust."""
    page = Page(display._repr_mimebundle_()["text/html"])
    # What MathJax leaves alone: a name may have dollar signs.
    assert page.elements[0] == ("div", {"class": "mathjax_ignore tex2jax_ignore"})
    for name, attributes in page.elements:
        assert name in ALLOWED, name
        assert set(attributes) <= ALLOWED[name], (name, attributes)
    for image in page.images:
        assert re.match(r"data:image/(png|svg\+xml);base64,[A-Za-z0-9+/=]+$", image["src"])
        assert image["alt"].strip()
    for drawing in page.drawings():
        for element in drawing.iter():
            assert element.tag.split("}")[1] in DRAWN, element.tag
            assert not any(a.lower().startswith("on") for a in element.attrib)
    return page


DRAWN = {"svg", "g", "defs", "marker", "use", "path", "rect", "text", "circle", "line", "tspan"}
