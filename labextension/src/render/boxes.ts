import { svg } from './dom';
import { short } from './numbers';
import { IArrow, IBox } from './types';

const LETTERS = 32;

function rectangle(box: IBox, round: number): SVGElement {
  const { x, y, width, height } = box;
  return svg('rect', { x, y, width, height, rx: round });
}

function words(text: string, x: number, y: number, kind: string): SVGElement {
  return svg('text', { x, y, class: `jp-kerasnb-${kind}` }, text);
}

/** A layer as a box with its name, class and output shape. */
export function boxOf(box: IBox, label: string): SVGGElement {
  const middle = box.x + box.width / 2;
  const fixed = box.parameters && !box.trainable ? ' jp-mod-fixed' : '';
  return svg(
    'g',
    {
      class: `jp-kerasnb-Box jp-mod-${/^\w+$/.test(box.family) ? box.family : 'other'}${fixed}`,
      role: 'button',
      tabindex: -1,
      'aria-pressed': 'false',
      'aria-label': label
    },
    rectangle(box, 6),
    words(short(box.label, LETTERS), middle, box.y + 18, 'Name'),
    words(short(box.class, LETTERS), middle, box.y + 33, 'Class'),
    words(short(box.output_shape, LETTERS + 2), middle, box.y + 48, 'Shape')
  );
}

/** An open model as a frame around its boxes. */
export function frameOf(box: IBox, label: string): SVGGElement {
  const title = short(`▾ ${box.label} (${box.class})`, Math.floor((box.width - 12) / 7));
  return svg(
    'g',
    { class: 'jp-kerasnb-Open', role: 'button', tabindex: -1, 'aria-expanded': 'true', 'aria-label': label },
    rectangle(box, 8),
    words(title, box.x + 10, box.y + 17, 'Name')
  );
}

/** The same, folded: its place stays, so that nothing else moves. */
export function foldedOf(box: IBox, label: string): SVGGElement {
  const middle = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  return svg(
    'g',
    { class: 'jp-kerasnb-Open jp-mod-folded', role: 'button', tabindex: -1, 'aria-expanded': 'false', 'aria-label': label },
    rectangle(box, 8),
    words(short(`▸ ${box.label}`, LETTERS), middle, y - 12, 'Name'),
    words(short(box.class, LETTERS), middle, y + 4, 'Class'),
    words(short(box.output_shape, LETTERS + 2), middle, y + 20, 'Shape')
  );
}

/** An arrow as a line that leaves and arrives downwards. */
export function arrowOf(arrow: IArrow, tip: string): SVGElement {
  const [[x0, y0], ...others] = arrow.points;
  const last = others[others.length - 1];
  const backwards = others.length === 3 && last[1] < y0;
  let [x, y, path] = [x0, y0, `M${x0} ${y0}`];
  for (const [nx, ny] of others) {
    const middle = (y + ny) / 2;
    path += backwards || nx === x ? `L${nx} ${ny}` : `C${x} ${middle} ${nx} ${middle} ${nx} ${ny}`;
    [x, y] = [nx, ny];
  }
  return svg('path', { d: path, class: 'jp-kerasnb-Arrow', 'marker-end': `url(#${tip})` });
}

/** The tip of arrows. */
export function tipOf(id: string): SVGElement {
  const size = { markerWidth: 8, markerHeight: 8, viewBox: '0 0 8 8', refX: 7, refY: 4 };
  return svg(
    'defs',
    {},
    svg(
      'marker',
      { id, ...size, orient: 'auto-start-reverse', markerUnits: 'userSpaceOnUse' },
      svg('path', { d: 'M0 0L8 4L0 8z' })
    )
  );
}
