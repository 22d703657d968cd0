import { table } from './controls';
import { html } from './dom';
import { count, memory, real } from './numbers';
import { histogram, picture } from './pictures';
import { IStatistics, IWeight, Say } from './types';

export const STATISTICS: (keyof IStatistics)[] = ['min', 'max', 'mean', 'std'];

/** The least, greatest and so on, in a sentence. */
export function told(statistics: IStatistics, say: Say): string {
  return STATISTICS.map(name => `${say(name)} ${real(statistics[name])}`).join(', ');
}

/** Weights of a layer as a table, with as much as is known of them. */
export function weightsTable(title: string, weights: IWeight[], say: Say): Element {
  const known = weights.some(weight => weight.statistics);
  const stored = weights.some(weight => weight.memory !== undefined);
  const heads = ['weight', 'shape', 'parameters'];
  heads.push(...(stored ? ['memory'] : []));
  heads.push(...(known ? [...STATISTICS, 'zeros', 'distribution'] : []));
  const rows = weights.map(weight => {
    const row: (Node | string)[] = [named(weight, say), weight.shape, count(weight.parameters)];
    row.push(...(stored ? [memory(weight.memory ?? null)] : []));
    const { statistics, histogram: bars } = weight;
    if (statistics && bars) {
      row.push(...STATISTICS.map(name => real(statistics[name])), count(statistics.zeros));
      row.push(histogram(bars, altOf(weight, statistics, say)));
    } else if (known) {
      row.push(say('not_computed'), '', '', '', '', '');
    }
    return row;
  });
  return table(title, heads.map(head => say(head)), rows, 2);
}

/** The same where there is little room: one below the other, with pictures. */
export function weightList(weights: IWeight[], say: Say): Element {
  const items = weights.map(weight => {
    const { statistics, histogram: bars, picture: image } = weight;
    const name = html('b', {}, named(weight, say));
    const size = ` ${weight.shape} · ${say('parameters')} ${count(weight.parameters)}`;
    const parts: Element[] = [html('div', {}, name, size)];
    if (statistics && bars) {
      parts.push(html('div', {}, told(statistics, say)));
      const drawn = [histogram(bars, altOf(weight, statistics, say))];
      const shown = image ? [...drawn, picture(image, 72)] : drawn;
      parts.push(html('div', { class: 'jp-kerasnb-Gallery' }, ...shown));
    }
    return html('li', {}, ...parts);
  });
  return html('ul', { class: 'jp-kerasnb-Weights', 'aria-label': say('weights') }, ...items);
}

function named(weight: IWeight, say: Say): string {
  return weight.trainable ? weight.name : `${weight.name} (${say('fixed_layer')})`;
}

function altOf(weight: IWeight, statistics: IStatistics, say: Say): string {
  return say('distribution_of', { name: weight.name, numbers: told(statistics, say) });
}
