import { html, svg } from './dom';

const [LEAST, MOST] = [0.02, 4];
const STEP = 60; // pixels that an arrow key moves
const TALLEST = 560;
const STRIP = 56; // width of the overview
const NEARLY = 1.1; // what is a little larger than the window needs no overview

export interface IRectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * A window on a drawing: drag or arrow keys move it, buttons, + and - and the wheel with Ctrl
 * zoom, a strip beside it shows where one is.
 *
 * Moving shifts a layer that the browser keeps, nothing is drawn again; zooming changes its size.
 */
export class Camera {
  constructor(label: string) {
    this.frame = html('div', {
      class: 'jp-kerasnb-Frame',
      tabindex: 0,
      role: 'group',
      'aria-label': label,
      keydown: (event: KeyboardEvent) => this.onKey(event),
      wheel: (event: WheelEvent) => this.onWheel(event),
      pointerdown: (event: PointerEvent) => this.onDown(event, this.frame)
    });
    this.frame.append(this.drawing);
    this.strip.addEventListener('pointerdown', event => this.onStrip(event));
    this.strip.addEventListener('pointermove', event => event.buttons && this.onStrip(event));
    this.node.append(this.frame, this.strip);
    this.observer = new ResizeObserver(() => this.onSize());
    this.observer.observe(this.frame);
  }

  readonly node = html('div', { class: 'jp-kerasnb-Camera' });
  readonly frame: HTMLElement;
  readonly drawing = svg('svg', { role: 'group' });

  /** Show another drawing, of this size, made of these boxes, from its top. */
  show(width: number, height: number, boxes: IRectangle[]): void {
    [this.width, this.height] = [width, height];
    this.frame.style.height = `${Math.min(Math.max(height, 120), TALLEST)}px`;
    for (const each of [this.drawing, this.strip]) {
      each.setAttribute('viewBox', `0 0 ${width} ${height}`);
    }
    const drawn = boxes.map(b => `M${b.x} ${b.y}h${b.width}v${b.height}h${-b.width}z`).join('');
    this.strip.replaceChildren(svg('path', { d: drawn }), this.window);
    this.begin();
  }

  /** Show all of the width, from the top; nothing is enlarged. */
  begin(): void {
    const room = this.frame.clientWidth;
    this.scale = room ? Math.min(room / this.width, 1) : 1;
    [this.x, this.y] = [(room - this.width * this.scale) / 2, 0];
    this.fresh = true;
    this.apply();
  }

  /** Show all of it. */
  fit(): void {
    const { clientWidth, clientHeight } = this.frame;
    this.scale = Math.min(clientWidth / this.width, clientHeight / this.height, 1);
    this.centre({ x: 0, y: 0, width: this.width, height: this.height });
  }

  /** Zoom, keeping a place of the window, by default its middle, where it is. */
  zoom(factor: number, x = this.frame.clientWidth / 2, y = this.frame.clientHeight / 2): void {
    const scale = Math.min(Math.max(this.scale * factor, LEAST), MOST);
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.move(0, 0);
  }

  /** Move so that a part of the drawing is in the middle. */
  centre(part: IRectangle): void {
    this.x = this.frame.clientWidth / 2 - (part.x + part.width / 2) * this.scale;
    this.y = this.frame.clientHeight / 2 - (part.y + part.height / 2) * this.scale;
    this.move(0, 0);
  }

  /** Move so that a part is seen; if it is already, nothing moves. */
  reveal(part: IRectangle): void {
    const left = this.x + part.x * this.scale;
    const top = this.y + part.y * this.scale;
    const right = left + part.width * this.scale;
    const bottom = top + part.height * this.scale;
    if (left < 0 || top < 0 || right > this.frame.clientWidth || bottom > this.frame.clientHeight) {
      this.centre(part);
    }
  }

  dispose(): void {
    this.observer.disconnect();
  }

  private move(dx: number, dy: number): void {
    this.fresh = false;
    this.x = within(this.x + dx, this.frame.clientWidth, this.width * this.scale);
    this.y = within(this.y + dy, this.frame.clientHeight, this.height * this.scale);
    this.apply();
  }

  private apply(): void {
    const { style } = this.drawing;
    style.transform = `translate(${this.x}px, ${this.y}px)`;
    style.width = `${this.width * this.scale}px`;
    style.height = `${this.height * this.scale}px`;
    const { clientWidth, clientHeight } = this.frame;
    const all =
      this.width * this.scale <= NEARLY * clientWidth && this.height * this.scale <= NEARLY * clientHeight;
    this.strip.style.visibility = all ? 'hidden' : 'visible';
    const place = {
      x: -this.x / this.scale,
      y: -this.y / this.scale,
      width: clientWidth / this.scale,
      height: clientHeight / this.scale
    };
    Object.entries(place).forEach(([name, value]) => this.window.setAttribute(name, String(value)));
  }

  private onSize(): void {
    if (this.fresh) {
      this.begin();
    } else {
      this.move(0, 0);
    }
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.frame) {
      return;
    }
    const page = this.frame.clientHeight * 0.9;
    const acts: { [key: string]: () => void } = {
      ArrowUp: () => this.move(0, STEP),
      ArrowDown: () => this.move(0, -STEP),
      ArrowLeft: () => this.move(STEP, 0),
      ArrowRight: () => this.move(-STEP, 0),
      PageUp: () => this.move(0, page),
      PageDown: () => this.move(0, -page),
      Home: () => this.begin(),
      '+': () => this.zoom(1.25),
      '=': () => this.zoom(1.25),
      '-': () => this.zoom(0.8),
      '0': () => this.fit()
    };
    if (event.key in acts) {
      event.preventDefault();
      acts[event.key]();
    }
  }

  private onWheel(event: WheelEvent): void {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const { left, top } = this.frame.getBoundingClientRect();
      this.zoom(Math.exp(-event.deltaY / 300), event.clientX - left, event.clientY - top);
    }
  }

  private onDown(event: PointerEvent, frame: HTMLElement): void {
    if (event.button !== 0) {
      return;
    }
    let [x, y] = [event.clientX, event.clientY];
    let far = 0;
    const drag = (next: PointerEvent) => {
      far += Math.abs(next.clientX - x) + Math.abs(next.clientY - y);
      // Not captured before it is a drag: a captured pointer's click does not reach a box.
      if (far > 4 && !frame.hasPointerCapture(next.pointerId)) {
        frame.setPointerCapture(next.pointerId);
      }
      this.move(next.clientX - x, next.clientY - y);
      [x, y] = [next.clientX, next.clientY];
    };
    const end = () => {
      frame.removeEventListener('pointermove', drag);
      frame.removeEventListener('pointerup', end);
      frame.removeEventListener('pointercancel', end);
      frame.removeEventListener('pointerleave', end);
    };
    frame.addEventListener('pointermove', drag);
    frame.addEventListener('pointerup', end);
    frame.addEventListener('pointercancel', end);
    frame.addEventListener('pointerleave', end); // not while it is captured
  }

  private onStrip(event: PointerEvent): void {
    const { left, top, width, height } = this.strip.getBoundingClientRect();
    const x = ((event.clientX - left) / width) * this.width;
    const y = ((event.clientY - top) / height) * this.height;
    this.strip.setPointerCapture(event.pointerId);
    this.centre({ x, y, width: 0, height: 0 });
  }

  private readonly strip = svg('svg', {
    class: 'jp-kerasnb-Strip',
    width: STRIP,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true'
  });
  private readonly window = svg('rect');
  private readonly observer: ResizeObserver;
  private width = 1;
  private height = 1;
  private scale = 1;
  private x = 0;
  private y = 0;
  private fresh = true; // nobody has moved yet: what changes its size begins again
}

/** Keep a drawing in the window: in its middle if it is smaller, without a gap if it is larger. */
function within(place: number, room: number, size: number): number {
  if (size <= room) {
    return (room - size) / 2;
  }
  return Math.min(Math.max(place, room - size), 0);
}
