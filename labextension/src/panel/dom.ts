/** Elements, made of plain strings only: what comes from a kernel is set as text, never parsed. */

type Child = Node | string | null;

interface IAttributes {
  [name: string]: string | null | (() => void);
}

/**
 * Make an element.
 *
 * @param attributes - By name; null for none. A function listens to the event of that name.
 */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: IAttributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      element.addEventListener(key, value);
    } else if (value !== null) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.filter((child): child is Node | string => child !== null));
  return element;
}

/** Set a text if it is another: what does not change is not read out, nor laid out again. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Make a list's elements anew where the entries are others; the rest stay, with the focus. */
export class Keyed<E, V extends { node: HTMLElement; update(entry: E): void }> {
  constructor(
    readonly node: HTMLElement,
    private readonly create: (key: string) => V
  ) {}

  update(entries: [string, E][]): void {
    const keys = new Set(entries.map(([key]) => key));
    for (const [key, view] of this.views) {
      if (!keys.has(key)) {
        view.node.remove();
        this.views.delete(key);
      }
    }
    entries.forEach(([key, entry], place) => {
      let view = this.views.get(key);
      if (!view) {
        view = this.create(key);
        this.views.set(key, view);
      }
      view.update(entry);
      const there = this.node.children[place];
      if (there !== view.node) {
        this.node.insertBefore(view.node, there ?? null);
      }
    });
  }

  private readonly views = new Map<string, V>();
}
