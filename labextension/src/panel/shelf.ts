import { html, setText } from '../render/dom';
import { Say } from './words';

/**
 * A part of the panel that is closed at first, and fetches what is in it when it is opened.
 */
export class Shelf<T> {
  /**
   * @param title - Its heading.
   * @param say - Words.
   * @param fetch - Gives the entries.
   * @param draw - Makes the element of an entry.
   * @param open - Whether it is open at first.
   */
  constructor(
    title: string,
    private readonly say: Say,
    private readonly fetch: () => Promise<T[]>,
    private readonly draw: (entry: T) => HTMLElement,
    open: boolean
  ) {
    this.node = html(
      'details',
      { class: 'jp-kerasnb-Section' },
      html('summary', {}, html('h3', {}, title)),
      this.note,
      this.list
    );
    this.node.addEventListener('toggle', () => {
      if (this.node.open) {
        void this.fill();
      }
    });
    this.node.open = open;
  }

  readonly node: HTMLDetailsElement;

  private async fill(): Promise<void> {
    if (this.filled) {
      return;
    }
    this.filled = true;
    setText(this.note, this.say('starting'));
    try {
      const entries = await this.fetch();
      this.list.replaceChildren(...entries.map(this.draw));
      setText(this.note, '');
    } catch (error) {
      this.filled = false; // closed and opened again, it is tried again
      setText(this.note, (error as Error).message);
    }
  }

  private filled = false;
  private readonly note = html('p', { class: 'jp-kerasnb-Hint', role: 'status' });
  private readonly list = html('ul');
}
