import { CHOSEN } from './render/graph';

const WIDGET = '.jp-kerasnb-Widget';
const FIELD = '.jp-kerasnb-Wire input';

/**
 * What a display within one of our widgets and that widget's kernel tell each other.
 *
 * The widget has a text field that nobody sees (kerasnb/widgets/models.py). What is chosen here is
 * written into it, as if it had been typed, and so reaches the kernel; what the kernel has chosen
 * stands in its placeholder, which can be watched. So widgets are made of ipywidgets alone, and work
 * where this extension is not installed.
 */
export class Wire {
  /**
   * @param node - The display's element, in the page.
   * @param choose - Is told what the kernel has chosen.
   */
  constructor(
    private readonly node: HTMLElement,
    private readonly choose: (key: string) => void
  ) {
    this.widget = node.closest(WIDGET);
    if (this.widget) {
      node.addEventListener(CHOSEN, this.onChosen);
      this.observer.observe(this.widget, {
        attributeFilter: ['placeholder'],
        childList: true,
        subtree: true
      });
    }
  }

  /** Tell again what the kernel has chosen: there is another drawing. */
  again(): void {
    this.heard = '';
    this.listen();
  }

  dispose(): void {
    this.observer.disconnect();
    this.node.removeEventListener(CHOSEN, this.onChosen);
  }

  private listen(): void {
    const key = this.field?.placeholder ?? '';
    if (key !== this.heard) {
      this.heard = key;
      this.choose(key);
    }
  }

  private get field(): HTMLInputElement | null {
    return this.widget?.querySelector(FIELD) ?? null;
  }

  private readonly onChosen = (event: Event): void => {
    const { field } = this;
    if (field) {
      field.value = (event as CustomEvent<string>).detail;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
  };

  private readonly widget: Element | null;
  private readonly observer = new MutationObserver(() => this.listen());
  private heard = '';
}
