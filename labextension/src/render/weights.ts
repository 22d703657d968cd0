import { table } from './controls';
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
  const drawn = weights.some(weight => weight.picture);
  const heads = ['weight', 'shape', 'parameters'];
  heads.push(...(stored ? ['memory'] : []));
  heads.push(...(known ? [...STATISTICS, 'zeros', 'distribution'] : []));
  heads.push(...(drawn ? ['picture'] : []));
  const rows = weights.map(weight => {
    const fixed = weight.trainable ? '' : ` (${say('fixed_layer')})`;
    const row: (Node | string)[] = [weight.name + fixed, weight.shape, count(weight.parameters)];
    row.push(...(stored ? [memory(weight.memory ?? null)] : []));
    const { statistics, histogram: bars } = weight;
    if (statistics && bars) {
      const alt = say('distribution_of', { name: weight.name, numbers: told(statistics, say) });
      row.push(...STATISTICS.map(name => real(statistics[name])), count(statistics.zeros));
      row.push(histogram(bars, alt));
    } else if (known) {
      row.push(say('not_computed'), '', '', '', '', '');
    }
    row.push(...(drawn ? [weight.picture ? picture(weight.picture, 72) : ''] : []));
    return row;
  });
  return table(title, heads.map(head => say(head)), rows, 2);
}
