import { button, pairs, scrolled } from './controls';
import { html } from './dom';
import { count, large, memory, percent } from './numbers';
import { ICall, ISummary, ISummaryLayer, IView, Say } from './types';

const HEADS = [
  'layer',
  'class',
  'output_shape',
  'parameters',
  'share',
  'memory',
  'multiply_adds',
  'connected_to'
];

/** A model as a table: nested models and layers with several calls open. */
export class SummaryView implements IView<ISummary> {
  constructor(private readonly say: Say) {}

  readonly node = html('div');

  update(summary: ISummary): void {
    this.summary = summary;
    const { say } = this;
    const { totals } = summary;
    this.body.replaceChildren(...this.rows());
    const heads = HEADS.map((head, i) =>
      html('th', { scope: 'col', class: isNumber(i) ? 'jp-mod-number' : null }, say(head))
    );
    const shown = html(
      'table',
      {},
      html('caption', {}, summary.title),
      html('thead', {}, html('tr', {}, ...heads)),
      this.body
    );
    const share = say('of_them', { trainable: count(totals.trainable), fixed: count(totals.fixed) });
    this.node.replaceChildren(
      scrolled(summary.title, shown),
      pairs([
        [say('layers'), count(totals.layers)],
        [say('parameters'), `${count(totals.parameters)} (${share})`],
        [say('weights_memory'), memory(totals.memory)],
        [say('activations_memory'), memory(totals.activations)],
        [say('multiply_adds_sample'), large(totals.multiply_adds)]
      ])
    );
  }

  /** The rows in view: what lies in a closed model is left out. */
  private rows(): Element[] {
    const rows: Element[] = [];
    let closed = Infinity; // depth of the closed model that the layer is in
    this.summary!.layers.forEach((layer, place) => {
      closed = layer.depth <= closed ? Infinity : closed;
      if (closed < Infinity) {
        return;
      }
      const open = this.open.has(place);
      closed = layer.model && !open ? layer.depth : Infinity;
      rows.push(this.row(layer, place, open));
      if (open && layer.calls.length > 1) {
        rows.push(...layer.calls.map(call => this.callRow(layer, call)));
      }
    });
    return rows;
  }

  private row(layer: ISummaryLayer, place: number, open: boolean): Element {
    const { say } = this;
    const several = layer.calls.length > 1;
    const inside = layer.model || several ? this.opener(layer, place, open) : null;
    const kind = layer.trainable || !layer.parameters ? '' : ` (${say('fixed_layer')})`;
    return line(
      layer.depth,
      [
        html('span', {}, inside, html('b', {}, layer.name)),
        layer.class + kind,
        layer.shape,
        count(layer.parameters),
        this.share(layer.parameters),
        memory(layer.memory),
        large(layer.multiply_adds),
        several ? say('calls_of', { number: layer.calls.length }) : layer.calls[0]?.inputs.join(', ') ?? ''
      ]
    );
  }

  private callRow(layer: ISummaryLayer, call: ICall): Element {
    const name = `${layer.name}[${call.index}]`;
    const cost = large(call.multiply_adds ?? null);
    const shape = call.output_shapes.join(', ');
    return line(layer.depth + 1, [name, '', shape, '', '', '', cost, call.inputs.join(', ')]);
  }

  private opener(layer: ISummaryLayer, place: number, open: boolean): Element {
    const name = this.say(open ? 'close_of' : 'open_of', { name: layer.name });
    const made = button(open ? '▾' : '▸', () => this.toggle(place), name);
    made.setAttribute('aria-expanded', String(open));
    made.dataset.place = String(place);
    return made;
  }

  private toggle(place: number): void {
    if (!this.open.delete(place)) {
      this.open.add(place);
    }
    this.body.replaceChildren(...this.rows());
    this.body.querySelector<HTMLElement>(`button[data-place="${place}"]`)?.focus();
  }

  private share(parameters: number): Node | string {
    const whole = this.summary!.totals.parameters;
    if (!whole || !parameters) {
      return '';
    }
    const bar = html('span', { class: 'jp-kerasnb-Share', 'aria-hidden': 'true' });
    bar.style.width = `${Math.min((60 * parameters) / whole, 60)}px`;
    return html('span', { class: 'jp-kerasnb-Shared' }, bar, percent(parameters / whole));
  }

  private readonly body = html('tbody');
  private readonly open = new Set<number>();
  private summary: ISummary | null = null;
}

function isNumber(column: number): boolean {
  return ['parameters', 'memory', 'multiply_adds'].includes(HEADS[column]);
}

function line(depth: number, cells: (Node | string)[]): Element {
  const made = cells.map((cell, i) =>
    html('td', { class: isNumber(i) ? 'jp-mod-number' : null }, cell)
  );
  made[0].style.paddingLeft = `${8 + 20 * depth}px`;
  return html('tr', {}, ...made);
}
