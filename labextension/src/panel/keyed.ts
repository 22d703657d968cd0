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
