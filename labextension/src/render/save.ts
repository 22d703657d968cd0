import { svg } from './dom';

const LOOKS = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'opacity'];
const LETTERS = ['font-family', 'font-size', 'font-weight', 'fill'];

/** Let the browser save a file. */
export function save(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** Return drawings one below the other as one file that needs no style sheet. */
export function asFile(drawings: SVGSVGElement[], ground: string): { text: string; width: number; height: number } {
  let height = 0;
  let width = 0;
  const parts = drawings.map(drawing => {
    const copy = drawing.cloneNode(true) as SVGSVGElement;
    const [from, to] = [drawing, copy].map(each => [...each.querySelectorAll<SVGElement>('*')]);
    from.forEach((element, i) => {
      const style = getComputedStyle(element);
      for (const name of element instanceof SVGTextElement ? LETTERS : LOOKS) {
        to[i].setAttribute(name, style.getPropertyValue(name));
      }
      to[i].removeAttribute('class');
    });
    copy.setAttribute('y', String(height));
    height += drawing.clientHeight;
    width = Math.max(width, drawing.clientWidth);
    return copy;
  });
  const page = svg('rect', { width, height, fill: ground });
  const whole = svg('svg', { width, height, viewBox: `0 0 ${width} ${height}` }, page, ...parts);
  return { text: new XMLSerializer().serializeToString(whole), width, height };
}

/** Return drawings as a picture, two pixels for each of theirs. */
export async function asPicture(file: { text: string; width: number; height: number }): Promise<Blob> {
  const image = new Image();
  const address = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(file.text)}`;
  await new Promise((resolve, reject) => {
    image.onload = resolve;
    image.onerror = reject;
    image.src = address;
  });
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [2 * file.width, 2 * file.height];
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png')
  );
}

/** Return rows as a CSV file. */
export function asTable(rows: (string | number | null)[][]): string {
  const cell = (value: string | number | null) =>
    typeof value === 'string' && /[",\r\n]/.test(value) ? `"${value.replace(/"/g, '""')}"` : value ?? '';
  return rows.map(row => row.map(cell).join(',')).join('\r\n') + '\r\n';
}
