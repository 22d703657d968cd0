import { table } from './controls';
import { html } from './dom';
import { count, large, memory, percent } from './numbers';
import { ITiming, IView, Say } from './types';

const PHASES = ['forward', 'backward', 'optimizer'] as const;
const WIDTH = 140; // pixels of the longest bar

/** What each layer costs in a training step. */
export class TimingView implements IView<ITiming> {
  constructor(private readonly say: Say) {}

  readonly node = html('div');

  update(found: ITiming): void {
    const { say } = this;
    const facts = [
      say('step', { time: time(found.step), runs: found.runs, device: found.device }),
      say('calls', { time: time(found.calls) }),
      say('memory', { size: memory(found.memory) }),
      say('kernels', { number: count(found.kernels) }),
      ...(found.shared >= 0.005 ? [say('shared', { share: percent(found.shared) })] : [])
    ];
    const names = [...PHASES, 'together', 'share', 'operations', 'per_second'];
    const numbers = [...names, 'memory_head', 'weights', 'calls_head'].map(name => say(name));
    const bars = PHASES.map(phase => say(phase)).join(' / ');
    const most = Math.max(...found.rows.map(row => row.seconds), 1e-12);
    const rows = found.rows.map(row => [
      row.layer,
      row.class,
      this.bar(row, most),
      ...PHASES.map(phase => (row[phase] ? time(row[phase]) : '–')),
      time(row.seconds),
      percent(row.share),
      large(row.operations),
      row.operations && row.seconds ? large(Math.round(row.operations / row.seconds)) : '–',
      memory(row.memory),
      memory(row.weights),
      count(row.calls)
    ]);
    this.node.replaceChildren(
      table(found.title, [say('layer'), say('class'), bars, ...numbers], rows, 3),
      ...facts.map(fact => html('p', {}, fact))
    );
  }

  /** The phases side by side; the numbers stand in the same row. */
  private bar(row: ITiming['rows'][0], most: number): Element {
    const parts = PHASES.map((phase, i) => {
      const part = html('span', { class: `jp-kerasnb-Part jp-mod-series${i}` });
      part.style.width = `${(WIDTH * row[phase]) / most}px`;
      return part;
    });
    return html('span', { class: 'jp-kerasnb-Shared jp-kerasnb-Parts', 'aria-hidden': 'true' }, ...parts);
  }
}

function time(seconds: number): string {
  const [value, unit] = seconds < 1e-3 ? [1e6, 'µs'] : seconds < 1 ? [1e3, 'ms'] : [1, 's'];
  return `${Number((seconds * value).toPrecision(3))} ${unit}`;
}
