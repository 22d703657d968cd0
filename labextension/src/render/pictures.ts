import { html, svg } from './dom';
import { real } from './numbers';
import { IHistogram, IPicture } from './types';

/** A picture of values, each pixel a square, with its longer side of about so many pixels. */
export function picture(image: IPicture, side: number, alt = image.alt) {
  const scale = Math.max(Math.floor(side / Math.max(image.width, image.height)), 1);
  // No more than base64 gets into the address, whatever the notebook says.
  const data = /^[A-Za-z0-9+/=]*$/.test(image.png) ? image.png : '';
  return html('img', {
    class: 'jp-kerasnb-Picture',
    src: `data:image/png;base64,${data}`,
    alt,
    width: image.width * scale,
    height: image.height * scale
  });
}

const [WIDTH, HEIGHT] = [140, 44];

/** A distribution as bars over its range. */
export function histogram({ edges, counts }: IHistogram, alt: string) {
  const most = Math.max(...counts, 1);
  const [low, high] = [edges[0], edges[edges.length - 1]];
  const bar = WIDTH / Math.max(counts.length, 9);
  const begin = counts.length > 1 ? 0 : (WIDTH - bar) / 2;
  const bars = counts.map((n, i) => {
    const height = (HEIGHT * n) / most;
    const place = { x: begin + i * bar, y: HEIGHT - height, width: Math.max(bar - 1, 1), height };
    return svg('rect', { ...place, class: 'jp-kerasnb-Bar' });
  });
  const zero = (WIDTH * -low) / (high - low);
  const line = low < 0 && high > 0 ? { x1: zero, x2: zero, y1: 0, y2: HEIGHT } : null;
  const ends = counts.length > 1 ? [real(low, 3), real(high, 3)] : [real(low, 3)];
  return html(
    'div',
    { class: 'jp-kerasnb-Histogram' },
    svg(
      'svg',
      { width: WIDTH, height: HEIGHT, role: 'img', 'aria-label': alt },
      ...bars,
      svg('path', { d: `M0 ${HEIGHT}h${WIDTH}`, class: 'jp-kerasnb-Axis' }),
      line && svg('line', { ...line, class: 'jp-kerasnb-Axis' })
    ),
    html('div', {}, ...ends.map(end => html('span', {}, end)))
  );
}
