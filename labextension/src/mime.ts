import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';

const MIME_TYPE = 'application/vnd.kerasnb.v1+json';

/** What a kerasnb display says about itself, whatever it shows. */
interface IDescription {
  title: string;
  text: string;
}

/**
 * Draws a description as a titled figure.
 *
 * Everything from the notebook is set as text, never parsed as HTML, which is what lets the
 * renderer be `safe` and draw in a notebook that is not trusted.
 */
class Display extends Widget implements IRenderMime.IRenderer {
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { title, text } = model.data[MIME_TYPE] as unknown as IDescription;
    const figure = document.createElement('figure');
    figure.style.margin = '0';
    const caption = figure.appendChild(document.createElement('figcaption'));
    caption.style.fontWeight = 'bold';
    caption.textContent = title;
    const body = figure.appendChild(document.createElement('pre'));
    body.textContent = text;
    this.node.replaceChildren(figure);
  }
}

const extension: IRenderMime.IExtension = {
  id: 'kerasnb:mime',
  description: "Draws kerasnb's displays.",
  rendererFactory: {
    safe: true,
    mimeTypes: [MIME_TYPE],
    createRenderer: () => new Display()
  },
  // After text/html (rank 50): as long as this draws only title and text, the page shows more.
  rank: 100,
  dataType: 'json'
};

export default extension;
