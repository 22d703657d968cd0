import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { html } from './render/dom';
import { IDescription, IView } from './render/types';
import { viewOf } from './render/views';
import { Wire } from './wire';

import '../style/display.css';

const MIME_TYPE = 'application/vnd.kerasnb.v1+json';

/**
 * Draws a description.
 *
 * Everything from the notebook is set as text, never parsed as HTML, which is what lets the
 * renderer be `safe` and draw in a notebook that is not trusted.
 */
class Display extends Widget implements IRenderMime.IRenderer {
  constructor() {
    super();
    this.addClass('jp-kerasnb-Display');
    window.addEventListener('keydown', keepKeys, true); // adding it again changes nothing
  }

  /** Draw, or go on in place: what the reader has opened, chosen or moved stays. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const description = model.data[MIME_TYPE] as unknown as IDescription;
    try {
      const kind = `${description.kind} ${description.language}`;
      if (kind !== this.kind || !this.view) {
        this.leave();
        this.view = description.version === 1 ? viewOf(description) : null;
        this.kind = kind;
      }
      if (this.view) {
        this.view.update(description);
        this.node.lang = description.language;
        if (!this.view.node.isConnected || this.view.node.parentNode !== this.node) {
          this.node.replaceChildren(this.view.node);
        }
        this.wire?.again();
        return;
      }
    } catch (error) {
      console.debug('kerasnb: a description that is not as it should be', error);
    }
    this.leave();
    this.node.replaceChildren(plain(description));
  }

  dispose(): void {
    this.leave();
    this.wire?.dispose();
    super.dispose();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.wire?.dispose();
    this.wire = new Wire(this.node, key => this.view?.choose?.(key));
    this.wire.again();
  }

  private leave(): void {
    this.view?.dispose?.();
    this.view = null;
  }

  private view: IView<IDescription> | null = null;
  private kind = '';
  private wire: Wire | null = null;
}

/**
 * Keys are for what has the focus in a display, not for JupyterLab's cells; but Ctrl+S and the like
 * are JupyterLab's. It asks for this attribute, after the window has heard of the key.
 */
function keepKeys(event: KeyboardEvent): void {
  const display = (event.target as Element).closest?.('.jp-kerasnb-Display');
  const command = event.ctrlKey || event.metaKey || event.altKey;
  display?.toggleAttribute('data-lm-suppress-shortcuts', !command);
}

/** What a description says as text: for kinds of later versions, and for broken ones. */
function plain(description: Partial<IDescription> | null | undefined): Element {
  const words = (value: unknown) => (typeof value === 'string' ? value : '');
  return html(
    'figure',
    {},
    html('figcaption', { class: 'jp-kerasnb-Title' }, words(description?.title)),
    html('pre', {}, words(description?.text))
  );
}

const extension: IRenderMime.IExtension = {
  id: 'kerasnb:mime',
  description: "Draws kerasnb's displays.",
  rendererFactory: {
    safe: true,
    mimeTypes: [MIME_TYPE],
    createRenderer: () => new Display()
  },
  rank: 40, // before text/html (50), which stands in where this is not installed
  dataType: 'json'
};

export default extension;
