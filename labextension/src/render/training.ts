import { Chart, ILine } from './chart';
import { button, radio, sign, table, tick } from './controls';
import { html, setText } from './dom';
import { real } from './numbers';
import { asFile, asPicture, asTable, save } from './save';
import { ISeries, ITraining, IView, Point, Say } from './types';

const SMOOTHEST = 0.95;

/** A training as curves, or several; live ones are drawn anew in place. */
export class TrainingView implements IView<ITraining> {
  constructor(private readonly say: Say) {
    this.node.append(this.heading, this.rail, this.facts, this.bar, this.charts, this.rest);
  }

  readonly node = html('div');

  update(training: ITraining): void {
    const first = this.training === null;
    this.training = training;
    if (first) {
      this.log = training.log ?? false;
    }
    setText(this.heading, training.title);
    this.rail.hidden = this.facts.hidden = !training.progress;
    this.rail.setAttribute('aria-valuenow', String(Math.round(100 * training.done)));
    (this.rail.firstElementChild as HTMLElement).style.width = `${100 * training.done}%`;
    setText(this.facts, training.facts.join(' · '));
    this.arrange();
    this.draw();
    this.rest.replaceChildren(...this.numbers(), ...training.signs.map(sign));
  }

  dispose(): void {
    this.drawn.forEach(chart => chart.dispose());
  }

  private get runs(): string[] {
    return [...new Set(this.training!.series.map(series => series.run))];
  }

  /** Make controls and charts anew, only if there are other ones now. */
  private arrange(): void {
    const { series } = this.training!;
    const names = [...new Set(series.map(one => one.name))];
    const batches = series.some(one => one.axis === 'batch') && !!this.training!.progress?.steps;
    const splits = new Set(series.map(one => one.split));
    const arranged = JSON.stringify([names, this.runs, batches, [...splits]]);
    if (arranged === this.arranged) {
      return;
    }
    this.arranged = arranged;
    const focused = [...this.bar.querySelectorAll('input, button')].indexOf(document.activeElement!);
    this.bar.replaceChildren(...(names.length ? this.controls(batches, splits) : []));
    if (focused >= 0) {
      this.bar.querySelectorAll<HTMLElement>('input, button')[focused]?.focus();
    }
    for (const [name, chart] of this.drawn) {
      if (!names.includes(name)) {
        chart.dispose();
        this.drawn.delete(name);
      }
    }
    for (const name of names.filter(each => !this.drawn.has(each))) {
      this.drawn.set(name, new Chart());
    }
    this.charts.replaceChildren(...[...this.drawn.values()].map(chart => chart.node));
  }

  private controls(batches: boolean, splits: Set<string>): Element[] {
    const { say, runs } = this;
    const parts: Element[] = [];
    if (batches) {
      const options: [string, string][] = [
        ['epoch', say('epochs_axis')],
        ['batch', say('batches_axis')]
      ];
      parts.push(radio(say('axis'), options, this.axis, axis => this.set({ axis })));
    } else {
      this.axis = 'epoch';
    }
    parts.push(tick(say('log_scale'), this.log, log => this.set({ log })));
    const slider = html('input', {
      type: 'range',
      min: 0,
      max: SMOOTHEST,
      step: 0.05,
      value: this.smooth,
      input: () => this.set({ smooth: Number(slider.value) })
    });
    parts.push(html('label', {}, say('smoothing'), slider));
    if (runs.length > 1) {
      const boxes = runs.map((run, i) =>
        tick(run, !this.hidden.has(run), on => this.hide(run, !on), swatch(i, false))
      );
      parts.push(html('span', { role: 'group', 'aria-label': say('run') }, ...boxes));
    }
    if (splits.size > 1) {
      const key = (['train', 'validation'] as const).map(split => {
        const dashed = split === 'validation';
        return html('span', {}, swatch(runs.length > 1 ? -1 : Number(dashed), dashed), say(split));
      });
      parts.push(html('span', { class: 'jp-kerasnb-Key' }, ...key));
    }
    parts.push(
      html(
        'span',
        { role: 'group', 'aria-label': say('download') },
        ...['SVG', 'PNG', 'CSV'].map(kind =>
          button(kind, () => void this.download(kind), say('download_as', { kind }))
        )
      )
    );
    return parts;
  }

  private set(to: { axis?: string; log?: boolean; smooth?: number }): void {
    Object.assign(this, to);
    this.draw();
  }

  private hide(run: string, on: boolean): void {
    if (on) {
      this.hidden.add(run);
    } else {
      this.hidden.delete(run);
    }
    this.draw();
  }

  private draw(): void {
    const { say, training } = this;
    const steps = this.axis === 'batch' ? training!.progress!.steps! : 1;
    for (const [name, chart] of this.drawn) {
      const mine = training!.series.filter(one => one.name === name && !this.hidden.has(one.run));
      const ends = training!.last.filter(one => one.name === name && !this.hidden.has(one.run));
      const marks = ends
        .filter(({ best, best_epoch }) => best !== null && best_epoch !== null)
        .map(({ run, best, best_epoch, validation }) => ({
          x: best_epoch! * steps,
          y: best!,
          colour: this.colour(run, validation !== null),
          text: this.runs.length > 1 ? '' : say('best_at', { best: real(best), epoch: best_epoch! })
        }));
      const told = ends.map(({ run, train, validation }) =>
        [run, `${say('train')} ${real(train)}`, validation === null ? '' : `${say('validation')} ${real(validation)}`]
          .filter(Boolean)
          .join(' ')
      );
      chart.update({
        title: name,
        alt: say('curve_of', { name, values: told.join('; ') }),
        axis: say(this.axis === 'batch' ? 'batches_axis' : 'epochs_axis'),
        log: this.log,
        lines: mine.flatMap(one => this.lines(one, mine, steps)),
        marks
      });
    }
  }

  private lines(one: ISeries, all: ISeries[], steps: number): ILine[] {
    const validation = one.split === 'validation';
    const other = all.some(o => o.run === one.run && o.split === one.split && o.axis !== one.axis);
    const behind = other && one.axis === 'batch' && this.axis === 'epoch';
    if (other && one.axis === 'epoch' && this.axis === 'batch') {
      return []; // the batches tell more
    }
    const name = [one.run, this.say(one.split)].filter(Boolean).join(' ');
    const points: Point[] = one.points.map(([x, y]) => [Math.round(x * steps * 1e6) / 1e6, y]);
    const colour = this.colour(one.run, validation);
    const line: ILine = { name, points, colour, kind: behind ? 'faint' : validation ? 'dashed' : 'solid' };
    if (!this.smooth || behind) {
      return [line];
    }
    return [{ ...line, kind: 'faint' }, { ...line, points: smoothed(points, this.smooth) }];
  }

  private colour(run: string, validation: boolean): number {
    const runs = this.runs;
    return runs.length > 1 ? runs.indexOf(run) : Number(validation);
  }

  private numbers(): Element[] {
    const { say, training } = this;
    const several = this.runs.length > 1;
    if (!training!.last.length) {
      return [];
    }
    const rows = training!.last.map(entry => {
      const { best, best_epoch } = entry;
      const at = best === null ? '–' : say('at_epoch', { value: real(best), epoch: best_epoch ?? '?' });
      const row = [entry.name, real(entry.train), real(entry.validation), at];
      return several ? [entry.run, ...row] : row;
    });
    const heads = [...(several ? ['run'] : []), 'metric', 'train', 'validation', 'best'];
    return [table(training!.title, heads.map(head => say(head)), rows, several ? 2 : 1, true)];
  }

  private async download(kind: string): Promise<void> {
    const { training } = this;
    const name = training!.model.name.replace(/[^\w.-]+/g, '_') || 'training';
    if (kind === 'CSV') {
      const rows = training!.series.flatMap(({ run, name: metric, split, axis, points }) =>
        points.map(([x, y]) => [run, metric, split, axis, x, y])
      );
      const text = asTable([['run', 'metric', 'split', 'axis', 'epochs', 'value'], ...rows]);
      return save(`${name}.csv`, new Blob([text], { type: 'text/csv' }));
    }
    const ground = getComputedStyle(this.node).getPropertyValue('--jp-layout-color0').trim();
    const file = asFile([...this.drawn.values()].map(chart => chart.drawing), ground);
    if (kind === 'SVG') {
      return save(`${name}.svg`, new Blob([file.text], { type: 'image/svg+xml' }));
    }
    save(`${name}.png`, await asPicture(file));
  }

  private readonly heading = html('p', { class: 'jp-kerasnb-Title' });
  private readonly rail = html(
    'div',
    {
      class: 'jp-kerasnb-Progress',
      role: 'progressbar',
      'aria-label': this.say('progress'),
      'aria-valuemin': 0,
      'aria-valuemax': 100
    },
    html('div')
  );
  private readonly facts = html('p', { class: 'jp-kerasnb-Facts' });
  private readonly bar = html('div', { class: 'jp-kerasnb-Controls' });
  private readonly charts = html('div', { class: 'jp-kerasnb-Charts' });
  private readonly rest = html('div');
  private readonly drawn = new Map<string, Chart>();
  private readonly hidden = new Set<string>();
  private training: ITraining | null = null;
  private arranged = '';
  private axis = 'epoch';
  private log = false;
  private smooth = 0;
}

/** The running mean of a curve, in which the past fades; it begins at the first value. */
function smoothed(points: Point[], share: number): Point[] {
  let [sum, weight] = [0, 0];
  return points.map(([x, y]): Point => {
    if (y === null) {
      return [x, y];
    }
    sum = share * sum + (1 - share) * y;
    weight = share * weight + (1 - share);
    return [x, sum / weight];
  });
}

function swatch(colour: number, dashed: boolean): Element {
  const series = colour < 0 ? '' : ` jp-mod-series${colour % 6}`;
  const kind = `jp-kerasnb-Swatch${series}${dashed ? ' jp-mod-dashed' : ''}`;
  return html('span', { class: kind, 'aria-hidden': 'true' });
}
