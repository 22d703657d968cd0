import { html, setText } from '../render/dom';
import { IModel } from './protocol';
import { Say, count } from './words';

/** A variable that holds a model; a click inserts the line that shows it. */
export class ModelRow {
  constructor(
    private readonly variable: string,
    private readonly say: Say,
    insert: (code: string, button: HTMLElement) => void
  ) {
    const code = `%kerasnb summary ${variable}`;
    const button = html(
      'button',
      {
        type: 'button',
        class: 'jp-kerasnb-Item',
        title: say('show_summary', { name: variable }),
        click: () => insert(code, button)
      },
      html('code', {}, variable),
      this.facts
    );
    this.node = html('li', {}, button);
  }

  readonly node: HTMLLIElement;

  update(model: IModel): void {
    const { say } = this;
    const told = { kind: model.class, layers: count(model.layers) };
    const facts =
      model.parameters === undefined
        ? say('model_unbuilt', told)
        : say('model_facts', { ...told, parameters: count(model.parameters) });
    const name = model.name === this.variable ? '' : `${model.name}: `;
    const compiled = model.compiled ? '' : ` (${say('not_compiled')})`;
    setText(this.facts, `${name}${facts}${compiled}`);
  }

  private readonly facts = html('span', { class: 'jp-kerasnb-Facts' });
}
