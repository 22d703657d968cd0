import { html, setText, svg } from './dom';
import { real, short, ticks } from './numbers';
import { Point } from './types';

const [LEFT, RIGHT, TOP, BOTTOM] = [56, 14, 26, 34];
const HEIGHT = 250;

/** A line of a chart; a value of null is a gap. */
export interface ILine {
  name: string;
  points: Point[];
  /** Place in the row of colours. */
  colour: number;
  kind: 'solid' | 'dashed' | 'faint';
}

export interface IChart {
  title: string;
  alt: string;
  axis: string;
  log: boolean;
  lines: ILine[];
  /** Points to be marked, with what is said of them. */
  marks: { x: number; y: number; colour: number; text: string }[];
}

/**
 * Lines over axes, as wide as there is room. The pointer or the arrow keys move a rule over it;
 * what the lines are there is told below.
 */
export class Chart {
  constructor() {
    this.node.append(this.area, this.told);
    this.area.append(this.drawing);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.node);
  }

  readonly node = html('div', { class: 'jp-kerasnb-Chart' });

  update(chart: IChart): void {
    this.chart = chart;
    const xs = new Set<number>();
    chart.lines.forEach(line => line.kind === 'faint' || line.points.forEach(([x]) => xs.add(x)));
    this.xs = [...xs].sort((a, b) => a - b);
    this.area.setAttribute('aria-label', chart.alt);
    this.draw();
  }

  dispose(): void {
    this.observer.disconnect();
  }

  private draw(): void {
    const width = Math.max(this.node.clientWidth, 160);
    if (!this.chart) {
      return;
    }
    const { title, axis, lines, log, marks } = this.chart;
    const good = lines.flatMap(l => l.points).filter(([, y]) => y !== null && (y > 0 || !log));
    const [x0, x1] = widened(good.map(([x]) => x), 0);
    const value = (y: number) => (log ? Math.log10(y) : y);
    const [y0, y1] = widened(good.map(([, y]) => value(y!)), 0.05);
    const inner = [width - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
    this.across = x => LEFT + ((x - x0) / (x1 - x0)) * inner[0];
    this.back = px => x0 + ((px - LEFT) / inner[0]) * (x1 - x0);
    const up = (y: number) => HEIGHT - BOTTOM - ((value(y) - y0) / (y1 - y0)) * inner[1];
    const parts: SVGElement[] = [text(short(title, 40), LEFT, 15, 'start', true)];
    for (const mark of log ? decades(y0, y1) : ticks(y0, y1, 5)) {
      const y = up(mark);
      parts.push(svg('path', { d: `M${LEFT} ${y}H${width - RIGHT}`, class: 'jp-kerasnb-Grid' }));
      parts.push(text(real(mark, 3), LEFT - 6, y + 4, 'end'));
    }
    const whole = x1 - x0 > 6;
    const several = Math.max(Math.min(Math.floor(inner[0] / 60), 6), 2);
    for (const x of ticks(x0, x1, several).filter(x => !whole || x === Math.round(x))) {
      parts.push(text(real(x, 6), this.across(x), HEIGHT - BOTTOM + 15, 'middle'));
    }
    parts.push(svg('path', { d: `M${LEFT} ${HEIGHT - BOTTOM}H${width - RIGHT}`, class: 'jp-kerasnb-Axis' }));
    parts.push(text(axis, LEFT + inner[0] / 2, HEIGHT - 4, 'middle'));
    lines.forEach(line => parts.push(...this.line(line, up, log)));
    for (const mark of marks.filter(({ y }) => y > 0 || !log)) {
      parts.push(...best(this.across(mark.x), up(mark.y), mark, width));
    }
    this.rule = svg('path', { class: 'jp-kerasnb-Rule' });
    this.drawing.setAttribute('width', String(width));
    this.drawing.setAttribute('height', String(HEIGHT));
    this.drawing.replaceChildren(...parts, this.rule);
    this.read(this.at === null ? null : nearest(this.xs, this.at));
  }

  private line(line: ILine, up: (y: number) => number, log: boolean): SVGElement[] {
    let path = '';
    let dots = '';
    let pen = 'M';
    for (const [x, y] of line.points) {
      if (y === null || (log && y <= 0)) {
        pen = 'M';
        continue;
      }
      const place = `${this.across(x).toFixed(1)} ${up(y).toFixed(1)}`;
      path += pen + place;
      dots += `M${place}h0`;
      pen = 'L';
    }
    const kind = `jp-kerasnb-Line jp-mod-${line.kind} jp-mod-series${line.colour % 6}`;
    const made = [svg('path', { d: path, class: kind })];
    if (line.kind !== 'faint' && line.points.length <= 40) {
      made.push(svg('path', { d: dots, class: `jp-kerasnb-Dots jp-mod-series${line.colour % 6}` }));
    }
    return made;
  }

  /** Move the rule to a place, or take it away, and tell what is there. */
  private read(at: number | null): void {
    this.at = at;
    this.rule.setAttribute('d', at === null ? '' : `M${this.across(at)} ${TOP}V${HEIGHT - BOTTOM}`);
    const words = at === null ? '' : this.values(at);
    setText(this.told, words || '\u00a0');
    const [first, last] = [this.xs[0] ?? 0, this.xs[this.xs.length - 1] ?? 0];
    this.area.setAttribute('aria-valuemin', String(first));
    this.area.setAttribute('aria-valuemax', String(last));
    this.area.setAttribute('aria-valuenow', String(at ?? last));
    this.area.setAttribute('aria-valuetext', words || this.values(last));
  }

  private values(at: number): string {
    const { lines, axis } = this.chart!;
    const found = lines
      .filter(line => line.kind !== 'faint')
      .map(line => ({ line, point: line.points.find(([x]) => x === at) }))
      .filter(({ point }) => point)
      .map(({ line, point }) => `${line.name} ${real(point![1])}`);
    return [`${axis} ${real(at, 6)}`, ...found].join(' · ');
  }

  private onPointer(event: PointerEvent): void {
    const x = this.back(event.clientX - this.drawing.getBoundingClientRect().left);
    this.read(this.xs.length ? nearest(this.xs, x) : null);
  }

  private onKey(event: KeyboardEvent): void {
    const last = this.xs.length - 1;
    const place = this.at === null ? last + 1 : this.xs.indexOf(this.at);
    const to: { [key: string]: number } = {
      ArrowLeft: place - 1,
      ArrowDown: place - 1,
      ArrowRight: place + 1,
      ArrowUp: place + 1,
      PageDown: place - 10,
      PageUp: place + 10,
      Home: 0,
      End: last
    };
    if (event.key in to && last >= 0) {
      event.preventDefault();
      this.read(this.xs[Math.min(Math.max(to[event.key], 0), last)]);
    }
  }

  readonly drawing = svg('svg', { 'aria-hidden': 'true' });
  private readonly area = html('div', {
    role: 'slider',
    tabindex: 0,
    pointermove: (event: PointerEvent) => this.onPointer(event),
    pointerdown: (event: PointerEvent) => this.onPointer(event),
    pointerleave: () => this.read(null),
    keydown: (event: KeyboardEvent) => this.onKey(event),
    blur: () => this.read(null)
  });
  private readonly told = html('div', { class: 'jp-kerasnb-Told' });
  private readonly observer: ResizeObserver;
  private rule = svg('path');
  private chart: IChart | null = null;
  private xs: number[] = [];
  private at: number | null = null;
  private across: (x: number) => number = () => 0;
  private back: (px: number) => number = () => 0;
}

/** The least and the greatest value, with some room; never the same. */
function widened(values: number[], share: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  if (low > high) {
    return [0, 1];
  }
  const room = low === high ? Math.abs(low) * 0.1 || 0.5 : (high - low) * share;
  return [low - room, high + room];
}

/** The round numbers of a logarithmic axis, given the logarithms of its ends. */
function decades(low: number, high: number): number[] {
  const between = high - low > 3 ? [1] : [1, 2, 5];
  const found = [];
  for (let k = Math.floor(low); k <= Math.ceil(high); k++) {
    found.push(...between.map(m => m * 10 ** k));
  }
  return found.filter(mark => Math.log10(mark) >= low && Math.log10(mark) <= high);
}

function nearest(sorted: number[], x: number): number {
  return sorted.reduce((best, one) => (Math.abs(one - x) < Math.abs(best - x) ? one : best));
}

function text(words: string, x: number, y: number, anchor: string, strong = false): SVGElement {
  const kind = strong ? 'jp-kerasnb-Name' : 'jp-kerasnb-Label';
  return svg('text', { x, y, 'text-anchor': anchor, class: kind }, words);
}

function best(
  x: number,
  y: number,
  mark: IChart['marks'][0],
  width: number
): SVGElement[] {
  const anchor = x > width * 0.6 ? 'end' : 'start';
  const aside = anchor === 'end' ? -8 : 8;
  // A best value is at the edge of its line: there is room on the other side.
  const beside = y < HEIGHT / 2 ? y - 10 : y + 18;
  const words = text(mark.text, x + aside, Math.min(Math.max(beside, TOP), HEIGHT - BOTTOM - 4), anchor);
  words.classList.add('jp-mod-halo');
  return [
    svg('circle', { cx: x, cy: y, r: 5, class: `jp-kerasnb-Best jp-mod-series${mark.colour % 6}` }),
    words
  ];
}
