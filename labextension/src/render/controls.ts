import { html, unique } from './dom';

/** A button with words on it; with a label, that is what it is called. */
export function button(text: string, act: () => void, label: string | null = null) {
  return html('button', { type: 'button', click: act, 'aria-label': label, title: label }, text);
}

/** A box to tick, and its words. */
export function tick(text: string, on: boolean, act: (on: boolean) => void, swatch?: Element) {
  const box = html('input', { type: 'checkbox', change: () => act(box.checked) });
  box.checked = on;
  return html('label', {}, box, swatch ?? null, text);
}

/** A list to choose from, and its words. */
export function choice(
  text: string,
  options: [string, string][],
  chosen: string,
  act: (value: string) => void
) {
  const list = html(
    'select',
    { change: () => act(list.value) },
    ...options.map(([value, words]) => html('option', { value }, words))
  );
  list.value = chosen;
  return html('label', {}, text, list);
}

/** A field to search with. */
export function search(text: string, act: (value: string) => void, enter?: () => void) {
  const field = html('input', {
    type: 'search',
    input: () => act(field.value.trim().toLowerCase()),
    keydown: (event: KeyboardEvent) => event.key === 'Enter' && enter?.()
  });
  return html('label', {}, text, field);
}

/** What can be wider than the page, and then scrolls, by keyboard too. */
export function scrolled(label: string, content: Element) {
  return html(
    'div',
    { class: 'jp-kerasnb-Scroll', tabindex: 0, role: 'region', 'aria-label': label },
    content
  );
}

type Cell = Node | string;

const LONG = 60; // letters of a cell that may be broken into lines

/**
 * A table that scrolls if it must.
 *
 * @param text - Number of columns, from the left, that hold text; the others hold numbers.
 * @param heard - Whether the caption is only read out, as the same stands above.
 */
export function table(caption: string, heads: string[], rows: Cell[][], text = 1, heard = false) {
  const cell = (name: 'td' | 'th', value: Cell, column: number) => {
    const long = typeof value === 'string' && value.length > LONG;
    const kind = column >= text ? 'jp-mod-number' : long ? 'jp-mod-long' : null;
    return html(name, { class: kind, scope: name === 'th' ? 'col' : null }, value);
  };
  const made = html(
    'table',
    {},
    html('caption', { class: heard ? 'jp-mod-heard' : null }, caption),
    html('thead', {}, html('tr', {}, ...heads.map((head, i) => cell('th', head, i)))),
    html('tbody', {}, ...rows.map(row => html('tr', {}, ...row.map((v, i) => cell('td', v, i)))))
  );
  return scrolled(caption, made);
}

/** Names and their values. */
export function pairs(rows: [string, Cell][]) {
  return html(
    'dl',
    {},
    ...rows.map(([name, value]) => html('div', {}, html('dt', {}, name), html('dd', {}, value)))
  );
}

/** What opens on demand; its content is made when it first opens. */
export function opening(title: string, content: () => Element, open = false) {
  let made = false;
  const make = () => {
    if (box.open && !made) {
      made = true;
      box.append(content());
    }
  };
  const box = html('details', { open, toggle: make }, html('summary', {}, title));
  make();
  return box;
}

/** A sentence that warns. */
export function sign(text: string) {
  return html('p', { class: 'jp-kerasnb-Sign' }, html('span', { 'aria-hidden': 'true' }, '⚠ '), text);
}

/** One of a few views, chosen by radio buttons. */
export function radio(
  legend: string,
  options: [string, string][],
  chosen: string,
  act: (value: string) => void
) {
  const name = unique();
  const buttons = options.map(([value, words]) => {
    const input = html('input', { type: 'radio', name, value, change: () => act(value) });
    input.checked = value === chosen;
    return html('label', {}, input, words);
  });
  return html('span', { role: 'radiogroup', 'aria-label': legend }, ...buttons);
}
