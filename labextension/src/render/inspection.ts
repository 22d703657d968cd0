import { opening, pairs, table } from './controls';
import { html } from './dom';
import { IEnd, IInspection, IStep, IView, Say } from './types';
import { weightsTable } from './weights';

/** A layer or tensor, looked into: its calls, weights and settings, and what it computes. */
export class InspectionView implements IView<IInspection> {
  constructor(private readonly say: Say) {}

  readonly node = html('div');

  update(found: IInspection): void {
    const { say } = this;
    const parts: Element[] = [
      html('p', { class: 'jp-kerasnb-Title' }, found.title),
      html('p', {}, found.about)
    ];
    const facts: [string, string][] = [];
    if (found.subject === 'layer') {
      facts.push([say('trained'), say(found.trainable ? 'yes' : 'no')]);
    }
    if (found.models.length) {
      facts.push([say('in_models'), found.models.join(', ')]);
    }
    parts.push(pairs(facts));
    if (found.nodes.length) {
      const heads = ['call', 'inputs', 'outputs', 'in_models'].map(head => say(head));
      const rows = found.nodes.map(node => [
        String(node.index),
        ends(node.inputs),
        ends(node.outputs),
        node.models.join(', ')
      ]);
      parts.push(table(say('calls'), heads, rows, 4));
    }
    if (found.weights.length) {
      parts.push(weightsTable(say('weights'), found.weights, say));
    }
    if (found.config.length) {
      parts.push(opening(say('config'), () => pairs(found.config), this.isOpen(1)));
    }
    if (found.steps.length) {
      const title = say('open', { number: found.node_index });
      parts.push(opening(title, () => this.steps(found), this.isOpen(2)));
    }
    this.node.replaceChildren(...parts);
  }

  /** Whether the reader has opened a part: that stays, when there is more to show. */
  private isOpen(fromEnd: number): boolean {
    const boxes = this.node.querySelectorAll<HTMLDetailsElement>(':scope > details');
    return boxes[fromEnd - 1]?.open ?? false;
  }

  private steps(found: IInspection): Element {
    const more = found.hidden_steps
      ? html('p', {}, this.say('more_steps', { number: found.hidden_steps }))
      : null;
    return html('div', {}, this.list(found.steps), more);
  }

  private list(steps: IStep[]): Element {
    const items = steps.map(step => {
      const given = [...step.inputs, step.parameters].filter(Boolean).join(', ');
      const line = [
        html('code', {}, `${step.name} = ${step.op}(${given})`),
        html('span', { class: 'jp-kerasnb-Faint' }, ` ${step.shape}`)
      ];
      const inside = step.steps?.length
        ? opening(this.say('inside_of', { name: step.op }), () => this.list(step.steps!))
        : null;
      return html('li', {}, ...line, html('div', {}, step.formula), inside);
    });
    return html('ol', { class: 'jp-kerasnb-Steps' }, ...items);
  }
}

function ends(tensors: IEnd[]): Node {
  const lines = tensors.map(end => html('div', {}, `${end.from ?? end.name} ${end.shape}`));
  return html('div', {}, ...lines);
}
