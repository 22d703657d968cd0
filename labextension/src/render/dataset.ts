import { button, choice, opening, search, table, tick } from './controls';
import { html, setText } from './dom';
import { count, percent, real } from './numbers';
import { picture } from './pictures';
import { IDataset, ISample, IView, Say } from './types';

const SIDE = 84;

/** A data set: pages of its samples, by class, searched, or only those that are predicted wrong. */
export class DatasetView implements IView<IDataset> {
  constructor(private readonly say: Say) {
    this.node.append(this.heading, this.facts, this.bar, this.samples, this.pager, this.classes);
    this.pager.append(
      button(say('previous'), () => this.turn(-1)),
      this.place,
      button(say('next'), () => this.turn(1))
    );
  }

  readonly node = html('div');

  update(data: IDataset): void {
    this.data = data;
    setText(this.heading, data.title);
    this.facts.replaceChildren(...data.facts.map(fact => html('li', {}, fact)));
    this.bar.replaceChildren(...this.controls());
    this.classes.replaceChildren(...(data.classes.length ? [this.classTable()] : []));
    this.draw();
  }

  private controls(): Element[] {
    const { say, data } = this;
    const labels = new Map(data!.samples.map(s => [String(s.label), named(s)]));
    const parts: Element[] = [];
    if (data!.classes.length && labels.size > 1) {
      const sorted = [...labels].sort(([a], [b]) => Number(a) - Number(b));
      const options: [string, string][] = [['', say('all')], ...sorted];
      this.label = labels.has(this.label) ? this.label : '';
      parts.push(choice(say('class_name'), options, this.label, label => this.set({ label })));
    }
    parts.push(search(say('search'), wanted => this.set({ wanted })));
    if (data!.samples.some(sample => sample.predicted !== null)) {
      parts.push(tick(say('wrong_only'), this.wrong, wrong => this.set({ wrong })));
    }
    return [...parts, this.hits];
  }

  private set(to: { label?: string; wanted?: string; wrong?: boolean }): void {
    Object.assign(this, to);
    this.page = 0;
    this.draw();
  }

  private turn(by: number): void {
    this.page += by;
    this.draw();
  }

  private chosen(): ISample[] {
    const { label, wanted, wrong } = this;
    const has = (sample: ISample) =>
      `${caption(sample)} ${sample.text ?? ''}`.toLowerCase().includes(wanted);
    return this.data!.samples.filter(
      sample =>
        (!label || String(sample.label) === label) &&
        (!wanted || String(sample.index) === wanted || has(sample)) &&
        (!wrong || (sample.predicted !== null && sample.predicted !== sample.label))
    );
  }

  private draw(): void {
    const { say, data } = this;
    const size = Math.max(data!.page_size, 1);
    const chosen = this.chosen();
    const pages = Math.max(Math.ceil(chosen.length / size), 1);
    this.page = Math.min(Math.max(this.page, 0), pages - 1);
    const part = chosen.slice(this.page * size, (this.page + 1) * size);
    this.samples.replaceChildren(part.length ? this.drawn(part) : html('p', {}, say('none')));
    setText(this.place, say('page_of', { page: this.page + 1, pages }));
    this.pager.hidden = pages < 2 && data!.samples.length <= size;
    const [back, on] = this.pager.querySelectorAll('button');
    // Not `disabled`: that would take the focus away from whoever turns pages by keyboard.
    back.setAttribute('aria-disabled', String(this.page === 0));
    on.setAttribute('aria-disabled', String(this.page === pages - 1));
    const here = { number: count(chosen.length), of: count(data!.samples.length), total: count(data!.total) };
    setText(this.hits, say('samples_here', here));
  }

  private drawn(part: ISample[]): Element {
    const { say } = this;
    if (part[0].picture) {
      return html('ul', { class: 'jp-kerasnb-Gallery' }, ...part.map(sample => this.tile(sample)));
    }
    const target = say(this.data!.classes.length ? 'class_name' : 'target');
    if (part[0].text !== null) {
      const rows = part.map(s => [String(s.index), mark(s), s.text ?? '']);
      return table(this.data!.title, [say('number'), target, say('text')], rows, 3, true);
    }
    const heads = [say('number'), target, ...(part[0].values ?? []).map(([name]) => name)];
    const rows = part.map(s => [String(s.index), mark(s), ...(s.values ?? []).map(([, v]) => real(v))]);
    return table(this.data!.title, heads, rows, 2, true);
  }

  private tile(sample: ISample): Element {
    const image = sample.picture!;
    const alt = `${image.alt} ${sample.index}: ${caption(sample)}`;
    return html(
      'li',
      {},
      picture(image, SIDE, alt),
      html('div', {}, mark(sample)),
      html('div', { class: 'jp-kerasnb-Faint' }, `#${sample.index}`)
    );
  }

  private classTable(): Element {
    const { say, data } = this;
    const whole = data!.classes.reduce((sum, one) => sum + one.count, 0) || 1;
    const rows = data!.classes.map(one => {
      const bar = html('span', { class: 'jp-kerasnb-Share', 'aria-hidden': 'true' });
      bar.style.width = `${(200 * one.count) / whole}px`;
      const share = html('span', { class: 'jp-kerasnb-Shared' }, bar, percent(one.count / whole));
      return [String(one.label), one.name, count(one.count), share];
    });
    const heads = ['label', 'class_name', 'samples', 'share'].map(head => say(head));
    const title = say('classes_of', { number: rows.length });
    return opening(title, () => table(title, heads, rows, 2), this.classes.querySelector('details')?.open);
  }

  private readonly heading = html('p', { class: 'jp-kerasnb-Title' });
  private readonly facts = html('ul', { class: 'jp-kerasnb-Facts' });
  private readonly bar = html('div', { class: 'jp-kerasnb-Controls' });
  private readonly samples = html('div');
  private readonly classes = html('div');
  private readonly pager = html('div', { class: 'jp-kerasnb-Pager' });
  private readonly place = html('span', { role: 'status' });
  private readonly hits = html('output', { role: 'status' });
  private data: IDataset | null = null;
  private page = 0;
  private label = '';
  private wanted = '';
  private wrong = false;
}

function named(sample: ISample): string {
  return sample.name ?? real(sample.label);
}

/** A sample's class, and what is predicted in its place. */
function caption(sample: ISample): string {
  if (sample.predicted === null) {
    return named(sample);
  }
  const guess = sample.predicted_name ?? real(sample.predicted);
  return sample.predicted === sample.label ? `${named(sample)} ✓` : `${named(sample)} ✗ ${guess}`;
}

function mark(sample: ISample): Element {
  const wrong = sample.predicted !== null && sample.predicted !== sample.label;
  return html('span', { class: wrong ? 'jp-kerasnb-Wrong' : null }, caption(sample));
}
