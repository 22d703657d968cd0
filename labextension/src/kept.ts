import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { PanelLayout, Widget } from '@lumino/widgets';

/** One of our widgets in a cell's output: this beside ipywidgets' own view and the display. */
export const KEPT_TYPE = 'application/vnd.kerasnb.widget.v1+json';
const VIEW_TYPE = 'application/vnd.jupyter.widget-view+json';
const PATIENCE = 5000; // milliseconds that a widget may take to come

/** What is used of a notebook's IRenderMimeRegistry. */
export interface IRenderers {
  addFactory(factory: IRenderMime.IRendererFactory, rank: number): void;
  createRenderer(mimeType: string): IRenderMime.IRenderer;
  preferredMimeType(bundle: object, safe: 'any'): string | undefined;
  createModel(options: object): IRenderMime.IMimeModel;
}

/** Let a notebook show what our widgets showed, where they themselves are gone. */
export function keepWidgets(renderers: IRenderers): void {
  const factory: IRenderMime.IRendererFactory = {
    safe: false, // as the view of a widget; in a notebook that is not trusted its display is shown
    mimeTypes: [KEPT_TYPE],
    createRenderer: () => new Kept(renderers)
  };
  renderers.addFactory(factory, -20); // before ipywidgets' view (-10)
}

/**
 * A widget as long as there is one, and otherwise its display.
 *
 * A widget is gone when its kernel is and the page has been loaded again; ipywidgets then says that
 * its model has not been found.
 */
class Kept extends Widget implements IRenderMime.IRenderer {
  constructor(private readonly renderers: IRenderers) {
    super();
    this.layout = new PanelLayout();
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.leave();
    this.model = model;
    let view: IRenderMime.IRenderer;
    try {
      view = this.renderers.createRenderer(VIEW_TYPE);
    } catch {
      return this.fallBack(); // no ipywidgets here
    }
    this.view = view;
    this.add(view);
    this.observer.observe(view.node, { childList: true });
    this.patience = window.setTimeout(() => this.look(true), PATIENCE);
    void view.renderModel(model).then(() => this.look());
  }

  dispose(): void {
    this.leave();
    super.dispose();
  }

  /** See whether the widget is there; ipywidgets marks the text that tells of a failure. */
  private look(late = false): void {
    const { view } = this;
    if (!view || view.isDisposed) {
      return;
    }
    const there = view.node.childElementCount > 0;
    if (there) {
      this.instead?.dispose();
      this.instead = null;
      view.show();
    } else if (late || view.node.classList.contains('jupyter-widgets')) {
      void this.fallBack();
    }
  }

  private async fallBack(): Promise<void> {
    if (this.instead) {
      return;
    }
    const { [KEPT_TYPE]: kept, [VIEW_TYPE]: _, ...data } = this.model!.data;
    const type = this.renderers.preferredMimeType(data, 'any');
    if (!type) {
      return;
    }
    this.view?.hide();
    this.instead = new Widget();
    const layout = (this.instead.layout = new PanelLayout());
    const display = this.renderers.createRenderer(type);
    layout.addWidget(display);
    const note = (kept as { note?: unknown } | null)?.note;
    if (typeof note === 'string') {
      const words = new Widget({ node: document.createElement('p') });
      words.addClass('jp-kerasnb-Gone');
      words.node.textContent = note;
      layout.addWidget(words);
    }
    this.add(this.instead);
    await display.renderModel(this.renderers.createModel({ data, trusted: true }));
  }

  private add(widget: Widget): void {
    (this.layout as PanelLayout).addWidget(widget);
  }

  private leave(): void {
    window.clearTimeout(this.patience);
    this.observer.disconnect();
    this.view?.dispose();
    this.instead?.dispose();
    this.view = this.instead = null;
  }

  private readonly observer = new MutationObserver(() => this.look());
  private model: IRenderMime.IMimeModel | null = null;
  private view: IRenderMime.IRenderer | null = null;
  private instead: Widget | null = null;
  private patience = 0;
}
