import { opening, search, table } from './controls';
import { html, setText, svg } from './dom';
import { real, short } from './numbers';
import { IPoints, IView, Say } from './types';

const [LEAST, MOST, RATIO, EDGE] = [200, 640, 0.69, 18];
const NAMED = 60; // points up to which each has its name beside it

/** Rows of numbers as points in a plane: with the pointer or the arrow keys each tells its name. */
export class PointsView implements IView<IPoints> {
  constructor(private readonly say: Say) {
    this.area.append(this.drawing);
    this.node.append(
      this.heading,
      this.facts,
      search(say('search'), text => this.search(text)),
      this.area,
      this.told,
      this.rest
    );
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.area);
  }

  readonly node = html('div');

  update(found: IPoints): void {
    this.found = found;
    this.at = null;
    setText(this.heading, found.title);
    this.facts.replaceChildren(...found.facts.map(fact => html('p', {}, fact)));
    this.area.setAttribute('aria-label', found.title);
    this.area.setAttribute('aria-valuemax', String(Math.max(found.points.length - 1, 0)));
    this.draw();
    this.rest.replaceChildren(opening(this.say('as_table'), () => this.asTable()));
    this.tell(null);
  }

  dispose(): void {
    this.observer.disconnect();
  }

  /** Draw as wide as there is room: letters stay as large as they are. */
  private resize(): void {
    const width = Math.min(Math.max(this.area.clientWidth, LEAST), MOST);
    if (width !== this.width && this.found) {
      this.width = width;
      this.draw();
      this.search(this.wanted);
      this.tell(this.at);
    }
  }

  private draw(): void {
    const { points } = this.found!;
    const [width, height] = [this.width, Math.round(this.width * RATIO)];
    this.drawing.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const spans = (['x', 'y'] as const).map(axis => {
      const values = points.map(point => point[axis]);
      const low = Math.min(...values);
      return [low, Math.max(...values) - low || 1];
    });
    this.places = points.map(({ x, y }) => [
      EDGE + ((width - 2 * EDGE) * (x - spans[0][0])) / spans[0][1],
      EDGE + (height - 2 * EDGE) * (1 - (y - spans[1][0]) / spans[1][1])
    ]);
    this.dots = this.places.map(([cx, cy], i) => {
      const colour = (points[i].label ?? 0) % 6;
      return svg('circle', { cx, cy, r: 4, class: `jp-kerasnb-Point jp-mod-series${colour}` });
    });
    const names = points.length > NAMED ? [] : this.places.flatMap(([x, y], i) => {
      const right = x > 0.85 * width;
      const place = { x: right ? x - 7 : x + 7, y: y + 4, 'text-anchor': right ? 'end' : 'start' };
      const name = points[i].name;
      return name === null ? [] : [svg('text', { ...place, class: 'jp-kerasnb-Label' }, short(name, 18))];
    });
    this.drawing.replaceChildren(...this.dots, ...names);
  }

  private name(place: number): string {
    const { name, label } = this.found!.points[place];
    const words = name ?? `${this.say('row')} ${place}`;
    return label === null ? words : `${words} (${label})`;
  }

  private asTable(): Element {
    const heads = ['row', 'first', 'second'].map(head => this.say(head));
    const rows = this.found!.points.map(({ x, y }, i) => [this.name(i), real(x), real(y)]);
    return table(this.found!.title, heads, rows, 1, true);
  }

  private search(text: string): void {
    this.wanted = text;
    this.dots.forEach((dot, i) => {
      const hit = text !== '' && this.name(i).toLowerCase().includes(text);
      dot.classList.toggle('jp-mod-hit', hit);
      dot.setAttribute('r', hit ? '7' : '4');
    });
  }

  private tell(place: number | null): void {
    this.dots[this.at ?? -1]?.classList.remove('jp-mod-chosen');
    this.at = place;
    this.dots[place ?? -1]?.classList.add('jp-mod-chosen');
    const point = place === null ? null : this.found!.points[place];
    const words = point ? `${this.name(place!)}: ${real(point.x)}, ${real(point.y)}` : '';
    setText(this.told, words || '\u00a0');
    this.area.setAttribute('aria-valuenow', String(place ?? 0));
    this.area.setAttribute('aria-valuetext', words || this.found!.title);
  }

  private onPointer(event: PointerEvent): void {
    const { left, top, width } = this.drawing.getBoundingClientRect();
    const scale = this.width / width;
    const [x, y] = [(event.clientX - left) * scale, (event.clientY - top) * scale];
    let [best, least]: [number | null, number] = [null, 20];
    this.places.forEach(([px, py], i) => {
      const far = Math.hypot(px - x, py - y);
      [best, least] = far < least ? [i, far] : [best, least];
    });
    this.tell(best);
  }

  private onKey(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const most = this.found!.points.length - 1;
    if (step && most >= 0) {
      event.preventDefault();
      this.tell(Math.min(Math.max((this.at ?? -1) + step, 0), most));
    }
  }

  private readonly heading = html('p', { class: 'jp-kerasnb-Title' });
  private readonly facts = html('div');
  private readonly drawing = svg('svg', { 'aria-hidden': 'true' });
  private readonly area = html('div', {
    class: 'jp-kerasnb-Plane',
    role: 'slider',
    tabindex: 0,
    'aria-valuemin': 0,
    pointermove: (event: PointerEvent) => this.onPointer(event),
    pointerleave: () => this.tell(null),
    keydown: (event: KeyboardEvent) => this.onKey(event)
  });
  private readonly told = html('p', { class: 'jp-kerasnb-Told' });
  private readonly rest = html('div');
  private found: IPoints | null = null;
  private places: number[][] = [];
  private dots: SVGElement[] = [];
  private at: number | null = null;
  private width = MOST;
  private wanted = '';
  private readonly observer: ResizeObserver;
}
