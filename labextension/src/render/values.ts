import { sign, table } from './controls';
import { html } from './dom';
import { count, real } from './numbers';
import { histogram, picture } from './pictures';
import { IStatistics, IValues, IView, Say } from './types';
import { told } from './weights';

const NUMBERS: (keyof IStatistics)[] = ['min', 'max', 'mean', 'std', 'norm', 'zeros'];
const [SMALL, LARGE] = [72, 300]; // pixels of the side of one picture of many, of a single one

/** Activations, gradients or weights: numbers, distributions, pictures, and what they are signs of. */
export class ValuesView implements IView<IValues> {
  constructor(private readonly say: Say) {}

  readonly node = html('div');

  update(found: IValues): void {
    const { say } = this;
    const heads = ['tensor', 'shape', ...NUMBERS, 'distribution'].map(head => say(head));
    const rows = found.tensors.map(({ name, shape, statistics, histogram: bars }) => [
      name,
      shape,
      ...NUMBERS.map(n => (n === 'zeros' ? count(statistics[n]) : real(statistics[n]))),
      histogram(bars, say('distribution_of', { name, numbers: told(statistics, say) }))
    ]);
    this.node.replaceChildren(
      table(found.title, heads, rows, 2),
      ...found.signs.map(({ text }) => sign(text)),
      ...found.tensors.filter(tensor => tensor.pictures.length).map(t => this.pictures(t))
    );
  }

  private pictures({ name, pictures, hidden }: IValues['tensors'][0]): Element {
    const single = pictures.length === 1;
    const shown = pictures.map(item =>
      html(
        'figure',
        {},
        picture(item.picture, single ? LARGE : SMALL),
        item.label === name ? null : html('figcaption', {}, item.label)
      )
    );
    const more = hidden ? html('p', {}, this.say('more_pictures', { number: hidden })) : null;
    return html(
      'section',
      { 'aria-label': name },
      html('p', { class: 'jp-kerasnb-Title' }, name),
      html('div', { class: 'jp-kerasnb-Gallery' }, ...shown),
      more
    );
  }
}
