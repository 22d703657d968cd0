import { IArrow, IBox, IDrawing } from './types';

/** Two ends of a part of a drawing: names of boxes or layers; null for inputs and outputs. */
export interface IPart {
  first: string | null;
  last: string | null;
}

type Steps = Map<string, string[]>;

const OUT = '\0'; // behind the id of a frame: where what flows through it comes out
const MARGIN = 12;

/** The boxes that a name means: one box, a layer, or the model around it. */
export function boxesOf(drawing: IDrawing, name: string): IBox[] {
  const { boxes } = drawing;
  for (const same of [(box: IBox) => box.id, (box: IBox) => box.key]) {
    const found = boxes.filter(box => same(box) === name);
    if (found.length) {
      return found;
    }
  }
  const around = boxes.filter(box => name.startsWith(`${box.key}/`)).map(box => box.key.length);
  const nearest = Math.max(...around);
  return boxes.filter(box => name.startsWith(`${box.key}/`) && box.key.length === nearest);
}

/**
 * The drawing of what lies on all ways between two ends, moved to its own corner; null where no
 * way leads from the one to the other.
 *
 * The same as kerasnb/notebook/describe/part.py, which says more.
 */
export function cut(drawing: IDrawing, part: IPart): IDrawing | null {
  const kept = between(drawing, part);
  if (!kept.size || kept.size === drawing.boxes.length) {
    return kept.size ? drawing : null;
  }
  const boxes = drawing.boxes.filter(box => kept.has(box.id));
  const arrows = drawing.arrows.filter(arrow => kept.has(arrow.from) && kept.has(arrow.to));
  const corners = [
    ...boxes.flatMap(b => [[b.x, b.y], [b.x + b.width, b.y + b.height]]),
    ...arrows.flatMap(arrow => arrow.points)
  ];
  const sides = [0, 1].map(axis => corners.map(corner => corner[axis]));
  const [left, top] = sides.map(all => least(all) - MARGIN);
  const [right, bottom] = sides.map(all => -least(all.map(one => -one)) + MARGIN);
  const moved = (arrow: IArrow): IArrow => ({
    ...arrow,
    points: arrow.points.map(([x, y]) => [x - left, y - top])
  });
  return {
    width: right - left,
    height: bottom - top,
    boxes: boxes.map(box => ({ ...box, x: box.x - left, y: box.y - top })),
    arrows: arrows.map(moved)
  };
}

function least(values: number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

function between(drawing: IDrawing, { first, last }: IPart): Set<string> {
  const frames = new Set(drawing.boxes.filter(box => box.frame).map(box => box.id));
  const ends = (name: string | null) =>
    (name === null ? drawing.boxes : boxesOf(drawing, name)).map(box => box.id);
  const out = (id: string) => (frames.has(id) ? id + OUT : id);
  const after = steps(drawing, frames, out);
  const before: Steps = new Map();
  after.forEach((found, a) => found.forEach(b => add(before, b, a)));
  const ahead = reached(ends(first), after);
  const behind = reached(ends(last).map(out), before);
  const kept = new Set([...ahead].filter(id => behind.has(id)).map(id => id.replace(OUT, '')));
  for (const frame of frames) {
    if ([...kept].some(id => id.startsWith(`${frame}/`))) {
      kept.add(frame);
    }
  }
  return kept;
}

/** What follows each box; an open model leads to its first boxes, and its last ones lead out. */
function steps(drawing: IDrawing, frames: Set<string>, out: (id: string) => string): Steps {
  const after: Steps = new Map();
  const arrows = drawing.arrows.filter(arrow => arrow.from !== arrow.to);
  arrows.forEach(arrow => add(after, out(arrow.from), arrow.to));
  const fed = new Set(arrows.map(arrow => arrow.to));
  const used = new Set(arrows.map(arrow => arrow.from));
  for (const { id } of drawing.boxes) {
    const around = [...frames].filter(frame => id.startsWith(`${frame}/`));
    if (around.length) {
      const frame = around.reduce((a, b) => (b.length > a.length ? b : a));
      if (!fed.has(id)) {
        add(after, frame, id);
      }
      if (!used.has(id)) {
        add(after, out(id), frame + OUT);
      }
    }
  }
  return after;
}

function add(all: Steps, key: string, value: string): void {
  const found = all.get(key);
  if (found) {
    found.push(value);
  } else {
    all.set(key, [value]);
  }
}

function reached(starts: string[], steps: Steps): Set<string> {
  const found = new Set(starts);
  for (const place of found) {
    // what is added to a set while one goes through it comes later
    steps.get(place)?.forEach(next => found.add(next));
  }
  return found;
}
