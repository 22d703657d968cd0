import { arrowOf, boxOf, foldedOf, frameOf, tipOf } from './boxes';
import { Camera } from './camera';
import { button, choice, opening, radio, search, table, tick } from './controls';
import { layerPane } from './details';
import { html, setText, unique } from './dom';
import { count } from './numbers';
import { boxesOf, cut, IPart } from './part';
import { IBox, IDrawing, IGraph, IView, Say } from './types';

/** Happens to a graph's element when the reader has chosen a layer, whose key is its detail. */
export const CHOSEN = 'kerasnb-chosen';

/**
 * A model as boxes and arrows: to move in, to search, to fold, to take a part of, and each box to
 * look into.
 */
export class GraphView implements IView<IGraph> {
  constructor(private readonly say: Say) {
    this.camera = new Camera(say('window'));
    this.camera.drawing.addEventListener('click', event => this.onClick(event));
    this.camera.drawing.addEventListener('keydown', event => this.onKey(event));
    const map = html('div', { class: 'jp-kerasnb-Map' }, this.camera.node, this.pane);
    this.node.append(this.heading, this.bar, this.ends, map, this.rest);
  }

  readonly node = html('div');

  update(graph: IGraph): void {
    if (!this.graph && graph.part) {
      this.part = graph.part;
    }
    this.graph = graph;
    if (!(this.view in graph.views)) {
      this.view = graph.view in graph.views ? graph.view : Object.keys(graph.views)[0];
    }
    setText(this.heading, graph.title);
    this.bar.replaceChildren(...this.controls());
    this.draw();
  }

  choose(key: string): void {
    const [box] = key ? boxesOf({ ...this.whole, boxes: this.boxes }, key) : [];
    const id = box && !box.frame && this.shapes.has(box.id) ? box.id : null;
    if (id !== this.chosen && (id || !key)) {
      this.look(id);
      this.step(id ?? undefined, false);
    }
  }

  dispose(): void {
    this.camera.dispose();
  }

  private controls(): Element[] {
    const { say, graph, camera } = this;
    const views = graph!.views;
    const found: Element[] = [];
    if ('node' in views) {
      const options: [string, string][] = [
        ['layer', say('by_layer')],
        ['node', say('by_call')]
      ];
      const now = this.view.replace('_open', '');
      found.push(radio(say('view'), options, now, name => this.change(name, this.opened)));
    }
    if ('layer_open' in views) {
      this.opens = tick(say('open_models'), this.opened, on => this.change(this.view.replace('_open', ''), on));
      found.push(this.opens);
    }
    found.push(
      html(
        'span',
        { role: 'group', 'aria-label': say('zoom') },
        button('+', () => camera.zoom(1.25), say('zoom_in')),
        button('−', () => camera.zoom(0.8), say('zoom_out')),
        button(say('fit'), () => camera.fit()),
        button(say('to_top'), () => camera.begin())
      ),
      search(
        say('search'),
        text => this.search(text),
        () => this.next()
      ),
      this.hits
    );
    return found;
  }

  private get opened(): boolean {
    return this.view.endsWith('_open');
  }

  private change(name: string, open: boolean): void {
    const wanted = open ? `${name}_open` : name;
    if (wanted !== this.view && wanted in this.graph!.views) {
      this.turnTo(wanted);
      this.folded.clear();
      this.draw();
    }
  }

  /** Go to another view; the part goes on between the same layers. */
  private turnTo(view: string): void {
    const before = this.whole.boxes;
    const layer = (end: string | null) => before.find(box => box.id === end)?.key ?? end;
    this.part = { first: layer(this.part.first), last: layer(this.part.last) };
    this.view = view;
  }

  private get whole(): IDrawing {
    return this.graph!.views[this.view];
  }

  /** What is drawn: all of a view, or a part. */
  private drawing(): IDrawing {
    const { whole, say, part } = this;
    const { first, last } = part;
    if (this.cutOf?.whole !== whole || this.cutOf.part !== part) {
      this.cutOf = { whole, part, found: first || last ? cut(whole, part) : whole };
      this.offerPart();
    }
    const { found } = this.cutOf;
    const names = { first: first ?? say('the_inputs'), last: last ?? say('the_outputs') };
    const sizes = { number: found?.boxes.length ?? 0, all: whole.boxes.length };
    const told = found === whole ? '' : say(found ? 'part_of' : 'no_way', { ...names, ...sizes });
    setText(this.partTold, told);
    return found ?? whole;
  }

  private offerPart(): void {
    const { whole, say, part } = this;
    const boxes = whole.boxes.map((box): [string, string] => [box.id, '\u2003'.repeat(box.depth) + box.label]);
    const list = (end: 'first' | 'last', none: string) => {
      const named = part[end] ? boxesOf(whole, part[end]!) : [];
      const chosen = named[end === 'first' ? 0 : named.length - 1]?.id ?? '';
      const options: [string, string][] = [['', say(none)], ...boxes];
      return choice(say(end), options, chosen, id => this.take({ [end]: id || null }));
    };
    const all = button(say('whole'), () => {
      this.take({ first: null, last: null });
      this.ends.querySelector('select')!.focus();
    });
    all.hidden = !part.first && !part.last;
    const focused = [...this.ends.querySelectorAll('select')].findIndex(one => one === document.activeElement);
    this.ends.replaceChildren(list('first', 'the_inputs'), list('last', 'the_outputs'), all, this.partTold);
    this.ends.querySelectorAll('select')[focused]?.focus();
  }

  /** Take another part of the drawing. */
  private take(ends: Partial<IPart>): void {
    this.part = { ...this.part, ...ends };
    this.draw();
  }

  private draw(): void {
    const { say, graph, camera } = this;
    const drawing = this.drawing();
    const box = this.opens?.querySelector('input');
    if (box) {
      box.checked = this.opened;
    }
    this.boxes = drawing.boxes;
    this.shapes.clear();
    const tip = unique();
    const hidden = (id: string) => [...this.folded].some(path => id.startsWith(`${path}/`));
    const frames: SVGElement[] = [];
    const drawn: SVGElement[] = [];
    for (const one of drawing.boxes.filter(each => !hidden(each.id))) {
      const label = this.told(one);
      const folded = this.folded.has(one.id);
      const made = !one.frame ? boxOf(one, label) : folded ? foldedOf(one, label) : frameOf(one, label);
      made.dataset.id = one.id;
      (one.frame ? frames : drawn).push(made);
      this.shapes.set(one.id, made);
    }
    const arrows = drawing.arrows.filter(a => !hidden(a.from) && !hidden(a.to));
    camera.drawing.replaceChildren(tipOf(tip), ...frames, ...arrows.map(a => arrowOf(a, tip)), ...drawn);
    camera.drawing.setAttribute('aria-label', graph!.title);
    if (drawing !== this.shown) {
      this.shown = drawing;
      camera.show(drawing.width, drawing.height, drawing.boxes.filter(each => !each.frame));
    }
    this.rest.replaceChildren(opening(say('as_table'), () => this.asTable(drawing)));
    this.look(this.chosen && this.shapes.has(this.chosen) ? this.chosen : null);
    const first = drawing.boxes[0]?.id;
    this.step(this.current && this.shapes.has(this.current) ? this.current : first, false);
    this.search(this.wanted);
  }

  private told(box: IBox): string {
    const facts = [box.label, box.class, box.output_shape].filter(Boolean).join(', ');
    return `${facts}, ${this.say('parameters')} ${count(box.parameters)}`;
  }

  private asTable(drawing: IDrawing): Element {
    const heads = ['layer', 'class', 'input_shape', 'output_shape', 'parameters'];
    const rows = drawing.boxes.map(box => [
      '\u2003'.repeat(box.depth) + box.label,
      box.class,
      box.input_shape,
      box.output_shape,
      count(box.parameters)
    ]);
    return table(this.graph!.title, heads.map(head => this.say(head)), rows, 4, true);
  }

  private onClick(event: MouseEvent): void {
    const id = idOf(event);
    if (id) {
      this.step(id, false);
      this.act(id, event.detail === 0);
    }
  }

  /** Fold or unfold a frame, tell of a layer. */
  private act(id: string, byKey: boolean): void {
    const box = this.box(id);
    if (box.frame) {
      if (!this.folded.delete(id)) {
        this.folded.add(id);
      }
      this.draw();
      this.shapes.get(id)?.focus();
    } else {
      this.look(id === this.chosen ? null : id);
      this.tell(box);
      if (byKey && this.chosen) {
        this.pane.querySelector<HTMLElement>('[tabindex]')?.focus();
      }
    }
  }

  private onKey(event: KeyboardEvent): void {
    const id = idOf(event);
    if (!id || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const all = this.boxes.map(box => box.id).filter(one => this.shapes.has(one));
    const place = all.indexOf(id);
    const to: { [key: string]: number } = {
      ArrowDown: place + 1,
      ArrowRight: place + 1,
      ArrowUp: place - 1,
      ArrowLeft: place - 1,
      Home: 0,
      End: all.length - 1
    };
    if (event.key === 'Enter' || event.key === ' ') {
      this.act(id, true);
    } else if (event.key in to) {
      this.step(all[Math.min(Math.max(to[event.key], 0), all.length - 1)], true);
    } else if (event.key === 'Escape' && this.chosen) {
      this.look(null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Make a box the one that the Tab key reaches. */
  private step(id: string | undefined, focus: boolean): void {
    this.shapes.get(this.current ?? '')?.setAttribute('tabindex', '-1');
    this.current = id ?? null;
    const shape = this.shapes.get(id ?? '');
    shape?.setAttribute('tabindex', '0');
    if (focus && shape) {
      this.camera.reveal(this.box(id!));
      shape.focus({ preventScroll: true });
    }
  }

  /** Say to a widget which layer has been chosen. */
  private tell(box: IBox): void {
    if (this.chosen) {
      this.node.dispatchEvent(new CustomEvent(CHOSEN, { bubbles: true, detail: box.key }));
    }
  }

  /** Show what is known of a layer beside the drawing; null closes that. */
  private look(id: string | null): void {
    this.shapes.get(this.chosen ?? '')?.setAttribute('aria-pressed', 'false');
    const before = this.chosen;
    this.chosen = id;
    this.pane.replaceChildren();
    this.pane.hidden = id === null;
    if (id === null) {
      return;
    }
    this.shapes.get(id)?.setAttribute('aria-pressed', 'true');
    const box = this.box(id);
    const close = () => {
      this.look(null);
      this.shapes.get(id)?.focus();
    };
    this.pane.append(layerPane(this.graph!, box, this.say, close, this.tools(box)));
    if (before === null) {
      requestAnimationFrame(() => this.camera.reveal(box)); // the pane has taken room
    }
  }

  /** What can be done with a layer: a part begins or ends with it, a nested model is opened. */
  private tools(box: IBox): Element {
    const here = (end: 'first' | 'last') => () => {
      this.take({ [end]: box.id });
      this.shapes.get(box.id)?.focus({ preventScroll: true });
    };
    const { say } = this;
    const buttons = [button(say('from_here'), here('first')), button(say('to_here'), here('last'))];
    const opener = this.opener(box);
    return html('p', {}, ...[...buttons, ...(opener ? [opener] : [])].flatMap(one => [one, ' ']));
  }

  /** A button that draws a nested model open, where it is closed. */
  private opener(box: IBox): Element | null {
    const open = `${this.view}_open`;
    const inside = this.graph!.views[open]?.boxes.find(each => each.id === box.id && each.frame);
    if (!inside) {
      return null;
    }
    return button(this.say('open_of', { name: box.label }), () => {
      this.turnTo(open);
      const frames = this.graph!.views[open].boxes.filter(each => each.frame);
      this.folded = new Set(frames.map(each => each.id).filter(id => !`${box.id}/`.startsWith(`${id}/`)));
      this.draw();
      this.step(box.id, true);
    });
  }

  private search(text: string): void {
    this.wanted = text;
    this.found = [];
    for (const box of this.boxes) {
      const hit = text !== '' && `${box.label} ${box.class}`.toLowerCase().includes(text);
      const shape = this.shapes.get(box.id);
      shape?.classList.toggle('jp-mod-hit', hit);
      shape?.classList.toggle('jp-mod-miss', text !== '' && !hit && !box.frame);
      if (hit && shape) {
        this.found.push(box);
      }
    }
    setText(this.hits, text ? this.say('found', { number: this.found.length }) : '');
    if (this.found.length) {
      this.camera.reveal(this.found[0]);
    }
    this.turn = 0;
  }

  /** Go on to the next box that was found. */
  private next(): void {
    if (this.found.length) {
      const box = this.found[this.turn++ % this.found.length];
      this.camera.centre(box);
      this.step(box.id, false);
      if (!box.frame) {
        this.look(box.id);
        this.tell(box);
      }
    }
  }

  private box(id: string): IBox {
    return this.boxes.find(box => box.id === id)!;
  }

  private readonly heading = html('p', { class: 'jp-kerasnb-Title' });
  private readonly bar = html('div', { class: 'jp-kerasnb-Controls' });
  private readonly pane = html('div', { class: 'jp-kerasnb-Pane', hidden: true });
  private readonly hits = html('output', { role: 'status' });
  private readonly rest = html('div');
  private readonly ends = html('div', { class: 'jp-kerasnb-Controls' });
  private readonly partTold = html('output', { role: 'status' });
  private readonly camera: Camera;
  private readonly shapes = new Map<string, SVGGElement>();
  private opens: HTMLElement | null = null;
  private graph: IGraph | null = null;
  private shown: IDrawing | null = null;
  private part: IPart = { first: null, last: null };
  private cutOf: { whole: IDrawing; part: IPart; found: IDrawing | null } | null = null;
  private view = '';
  private boxes: IBox[] = [];
  private folded = new Set<string>();
  private found: IBox[] = [];
  private wanted = '';
  private turn = 0;
  private chosen: string | null = null;
  private current: string | null = null;
}

function idOf(event: Event): string | undefined {
  return (event.target as Element).closest<SVGElement>('[data-id]')?.dataset.id;
}
