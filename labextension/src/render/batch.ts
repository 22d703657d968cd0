import { sign } from './controls';
import { html } from './dom';
import { histogram, picture } from './pictures';
import { IBatch, IBatchLayer, IBatchTensor, Say } from './types';
import { told } from './weights';

const SIDE = 128; // pixels of a picture's longer side, about

/** What a batch gives in a layer: activations, gradients, and what they are signs of. */
export function batchOf(batch: IBatch, layer: IBatchLayer, say: Say): Element {
  const title = say('batch', { samples: batch.samples });
  return html(
    'section',
    { 'aria-label': title },
    html('p', { class: 'jp-kerasnb-Title' }, title),
    ...batch.facts.map(fact => html('p', {}, fact)),
    ...layer.signs.map(({ text }) => sign(text)),
    tensors(say('activations'), layer.activations, say),
    tensors(say('gradients'), layer.gradients, say)
  );
}

function tensors(title: string, found: IBatchTensor[], say: Say): Element | null {
  if (!found.length) {
    return null;
  }
  const items = found.map(one => html('li', {}, ...tensor(one, say)));
  return html(
    'div',
    {},
    html('p', { class: 'jp-kerasnb-Title' }, title),
    html('ul', { class: 'jp-kerasnb-Weights', 'aria-label': title }, ...items)
  );
}

function tensor(one: IBatchTensor, say: Say): Element[] {
  const { name, statistics, histogram: bars, picture: image, dead, units } = one;
  const parts: Element[] = [
    html('div', {}, html('b', {}, name), ` ${one.shape}`),
    html('div', {}, told(statistics, say))
  ];
  if (dead !== null && units) {
    const share = `${Math.round((100 * dead) / units)}%`;
    parts.push(html('div', {}, say('dead_units', { number: dead, of: units, share })));
  }
  const alt = say('distribution_of', { name, numbers: told(statistics, say) });
  const drawn: Element[] = bars ? [histogram(bars, alt)] : [];
  if (image) {
    const caption = one.caption ? html('figcaption', {}, one.caption) : null;
    drawn.push(html('figure', {}, picture(image, SIDE), caption));
  }
  return drawn.length
    ? [...parts, html('div', { class: 'jp-kerasnb-Gallery' }, ...drawn)]
    : parts;
}
