/** Elements, made of plain strings only: what comes from a notebook is set as text, never parsed. */

type Child = Node | string | null;

export interface IAttributes {
  [name: string]: string | number | boolean | null | ((event: never) => void);
}

const SVG = 'http://www.w3.org/2000/svg';

function fill(element: Element, attributes: IAttributes, children: Child[]): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      element.addEventListener(key, value as EventListener);
    } else if (value !== null && value !== false) {
      element.setAttribute(key, value === true ? '' : String(value));
    }
  }
  element.append(...children.filter((child): child is Node | string => child !== null));
}

/**
 * Make an element.
 *
 * @param attributes - By name; null or false for none, true for an empty one. A function listens
 * to the event of that name.
 */
export function html<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: IAttributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  fill(element, attributes, children);
  return element;
}

/** Make an element of a drawing. */
export function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: IAttributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, name);
  fill(element, attributes, children);
  return element;
}

let count = 0;

/** Return an id that no other element has. */
export function unique(): string {
  return `kerasnb-${++count}`;
}

/** Set a text if it is another: what does not change is not read out, nor laid out again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
