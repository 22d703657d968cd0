import { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISessionContext } from '@jupyterlab/apputils';
import { ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { Link } from './link';
import { Language } from './protocol';

/** A notebook or console: whatever has a session. */
interface IWithSession extends Widget {
  sessionContext: ISessionContext;
}

function hasSession(widget: Widget | null): widget is IWithSession {
  return widget !== null && 'sessionContext' in widget;
}

/**
 * Follows the notebook (or console) that was last in use, and the kernel that it has.
 *
 * Notebooks are known by what they have, not by their class: the class would bring its package.
 */
export class Follower {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly language: () => Language | null
  ) {
    app.shell.currentChanged?.connect(this.onCurrent, this);
    void app.restored.then(() => this.onCurrent());
    this.onCurrent();
  }

  /** The connection to the kernel; null if there is none. */
  link: Link | null = null;

  /** The notebook's name; null if there is none. */
  get name(): string | null {
    return this.widget?.title.label ?? null;
  }

  /** The folder that the notebook is in. */
  get folder(): string {
    const path = this.widget?.sessionContext.path ?? '';
    return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  }

  /** The name of its kernel, as kernels are started by. */
  get kernelName(): string | null {
    return this.link?.kernel.name ?? null;
  }

  /** Whether cells can be written to. */
  get isNotebook(): boolean {
    return this.widget?.node.classList.contains('jp-NotebookPanel') ?? false;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  private onCurrent(): void {
    const widget = this.app.shell.currentWidget;
    if (!hasSession(widget) || widget === this.widget) {
      return;
    }
    this.leave();
    this.widget = widget;
    widget.sessionContext.kernelChanged.connect(this.onKernel, this);
    widget.title.changed.connect(this.tell, this);
    widget.disposed.connect(this.onClosed, this);
    this.onKernel();
  }

  private onClosed(): void {
    this.leave();
    this.tell();
    this.onCurrent();
  }

  private onKernel(): void {
    const kernel = this.widget?.sessionContext.session?.kernel ?? null;
    if (kernel !== (this.link?.kernel ?? null)) {
      this.link?.dispose();
      this.link = kernel && !kernel.isDisposed ? new Link(kernel, this.language) : null;
      this.link?.changed.connect(this.tell, this);
    }
    this.tell();
  }

  private leave(): void {
    this.widget?.sessionContext.kernelChanged.disconnect(this.onKernel, this);
    this.widget?.title.changed.disconnect(this.tell, this);
    this.widget?.disposed.disconnect(this.onClosed, this);
    this.link?.dispose();
    this.link = null;
    this.widget = null;
  }

  private tell(): void {
    this._changed.emit();
  }

  private widget: IWithSession | null = null;
  private readonly _changed = new Signal<this, void>(this);
}
