import { scrolled, table } from './controls';
import { html, setText } from './dom';
import { count, percent } from './numbers';
import { IConfusion, IView, Say } from './types';

const MOST = 30; // classes up to which cells are drawn

/** How classes are mixed up: a matrix whose cells tell of themselves. */
export class ConfusionView implements IView<IConfusion> {
  constructor(private readonly say: Say) {}

  readonly node = html('div');

  update(found: IConfusion): void {
    const { say } = this;
    const heads = ['class_name', 'samples', 'precision', 'recall'].map(head => say(head));
    const rows = found.rows.map(row => [
      row.name,
      count(row.count),
      percent(row.precision),
      percent(row.recall)
    ]);
    const mistakes = found.mixed_up.map(({ true: truth, predicted, count: n }) =>
      html('li', {}, say('mistake', { true: truth, predicted, count: count(n) }))
    );
    const small = found.classes.length <= MOST;
    this.node.replaceChildren(
      ...(small ? [this.matrix(found), this.told] : [html('p', { class: 'jp-kerasnb-Title' }, found.title)]),
      html(
        'div',
        { class: 'jp-kerasnb-Beside' },
        table(say('by_class'), heads, rows),
        mistakes.length
          ? html('div', {}, html('p', { class: 'jp-kerasnb-Title' }, say('mixed_up')), html('ul', {}, ...mistakes))
          : null
      )
    );
  }

  private matrix(found: IConfusion): Element {
    const { say } = this;
    const head = (name: string, scope: string) => html('th', { scope }, name);
    const rows = found.matrix.map((row, i) => {
      const whole = row.reduce((sum, n) => sum + n, 0) || 1;
      const cells = row.map((n, j) => html('td', {}, this.cell(found, n, n / whole, i, j)));
      return html('tr', {}, head(found.classes[i], 'row'), ...cells);
    });
    const made = html(
      'table',
      { class: 'jp-kerasnb-Matrix', keydown: (event: KeyboardEvent) => onKey(event) },
      html('caption', {}, found.title),
      html(
        'thead',
        {},
        html('tr', {}, head(say('corner'), 'col'), ...found.classes.map(name => head(name, 'col')))
      ),
      html('tbody', {}, ...rows)
    );
    return scrolled(found.title, made);
  }

  private cell(found: IConfusion, n: number, share: number, i: number, j: number): Element {
    const [truth, predicted] = [found.classes[i], found.classes[j]];
    const words = this.say('mistake', { true: truth, predicted, count: count(n) });
    const tell = () => setText(this.told, `${words} (${percent(share)})`);
    const made = html(
      'button',
      {
        type: 'button',
        class: i === j ? 'jp-mod-right' : null,
        tabindex: i + j ? -1 : 0,
        click: tell,
        focus: tell,
        'aria-label': words
      },
      n ? count(n) : '·'
    );
    made.style.setProperty('--share', `${n ? Math.round(8 + 37 * share) : 0}%`);
    return made;
  }

  private readonly told = html('p', { class: 'jp-kerasnb-Told', role: 'status' }, '\u00a0');
}

/** Arrow keys go from cell to cell, and only one cell is reached by Tab. */
function onKey(event: KeyboardEvent): void {
  const cell = (event.target as Element).closest('td');
  const steps: { [key: string]: [number, number] } = {
    ArrowDown: [1, 0],
    ArrowUp: [-1, 0],
    ArrowRight: [0, 1],
    ArrowLeft: [0, -1]
  };
  if (!cell || !(event.key in steps)) {
    return;
  }
  const [down, right] = steps[event.key];
  const row = cell.parentElement as HTMLTableRowElement;
  const rows = row.parentElement as HTMLTableSectionElement;
  const next = rows.rows[row.sectionRowIndex + down]?.cells[cell.cellIndex + right]?.querySelector('button');
  if (next) {
    cell.querySelector('button')!.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
  event.preventDefault();
}
