import { JupyterFrontEnd } from '@jupyterlab/application';
import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { ask } from './asking';
import { saveFresh } from './chapters';
import { html, setText } from '../render/dom';
import { Keyed } from './keyed';
import { Follower } from './follower';
import { icon } from './icon';
import { Link, NOT_THERE, NO_ANSWER } from './link';
import { ModelRow } from './model_row';
import { IChapter, IDataset, IModel, ITraining, Language } from './protocol';
import { Shelf } from './shelf';
import { IOrders, TrainingCard } from './training_card';
import { Say, count, speaker } from './words';

const CHOSEN = 'kerasnb:language';
const LANGUAGES: [Language, string][] = [
  ['en', 'English'],
  ['zh', '中文']
];
const LOAD = '%load_ext kerasnb';

/** The panel: what is alive in the kernel of the current notebook, and what may be taken. */
export class Panel extends Widget implements IOrders {
  /**
   * @param app - JupyterLab, or Notebook 7.
   * @param interfaceLanguage - The language that JupyterLab itself is set to.
   * @param oneDocument - Whether a page has one document only, as in Notebook 7.
   */
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly interfaceLanguage: Language | null,
    private readonly oneDocument: boolean
  ) {
    super();
    this.id = 'kerasnb-panel';
    this.addClass('jp-kerasnb-Panel');
    this.title.icon = icon;
    this.node.setAttribute('role', 'region');
    this.follower = new Follower(app, () => this.suggested);
    this.follower.changed.connect(this.refresh, this);
    this.build();
  }

  // -- orders of a training's card

  stop(training: ITraining): void {
    // In the kernel's main thread, an interrupt: it ends what takes long within a batch, too.
    const { link } = this.follower;
    if (training.in_main_thread) {
      void this.tried(link?.kernel.interrupt());
    } else {
      void this.tried(link?.order('stop', { training: training.number }));
    }
  }

  pause(training: ITraining): void {
    void this.tried(this.follower.link?.order('pause', { training: training.number }));
  }

  resume(training: ITraining): void {
    void this.tried(this.follower.link?.order('resume', { training: training.number }));
  }

  learningRate(training: ITraining, value: number): void {
    const order = { training: training.number, value };
    void this.tried(this.follower.link?.order('learning_rate', order));
  }

  steerable(): boolean {
    return this.follower.link?.steerable ?? false;
  }

  // -- drawing

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.refresh();
  }

  /** The language that the user has chosen here, or that of JupyterLab. */
  private get suggested(): Language | null {
    const chosen = window.localStorage.getItem(CHOSEN);
    return LANGUAGES.map(([name]) => name).find(name => name === chosen) ?? this.interfaceLanguage;
  }

  private get language(): Language {
    return this.follower.link?.state?.language ?? this.suggested ?? 'en';
  }

  /** Make all elements, in the language in use. */
  private build(): void {
    this.built = this.language;
    const say = (this.say = speaker(this.built));
    this.title.caption = say('panel');
    this.node.lang = this.built === 'zh' ? 'zh-CN' : 'en';
    this.node.setAttribute('aria-label', say('panel'));
    this.select = html(
      'select',
      { class: 'jp-mod-styled', 'aria-label': say('language'), change: () => this.choose() },
      ...LANGUAGES.map(([name, title]) => html('option', { value: name, lang: name }, title))
    );
    this.select.value = this.built;
    this.load = html(
      'button',
      { type: 'button', class: 'jp-mod-styled', click: () => void this.insert(LOAD) },
      say('insert_load')
    );
    this.trainings = new Keyed(html('ul'), number => new TrainingCard(number, say, this));
    this.models = new Keyed(
      html('ul'),
      name => new ModelRow(name, say, code => void this.insert(code))
    );
    this.noTrainings = html('p', { class: 'jp-kerasnb-Hint' }, say('no_trainings'));
    this.noModels = html('p', { class: 'jp-kerasnb-Hint' }, say('no_models'));
    this.alive = html(
      'div',
      {},
      section(say('trainings'), this.noTrainings, this.trainings.node),
      section(say('models'), this.noModels, this.models.node)
    );
    const { open } = this;
    this.datasets = new Shelf(
      say('datasets'),
      say,
      () => this.ask<IDataset[]>('datasets'),
      one => this.drawDataset(one),
      open.datasets
    );
    this.chapters = new Shelf(
      say('chapters'),
      say,
      async () =>
        (await this.ask<IChapter[]>('chapters')).filter(one => one.language === this.built),
      one => this.drawChapter(one),
      open.chapters
    );
    this.datasets.node.addEventListener('toggle', () => {
      open.datasets = this.datasets.node.open;
    });
    this.chapters.node.addEventListener('toggle', () => {
      open.chapters = this.chapters.node.open;
    });
    this.node.replaceChildren(
      html('header', {}, html('h2', {}, 'kerasnb'), this.select),
      html('p', { class: 'jp-kerasnb-Where' }, this.where),
      this.load,
      this.said,
      this.heard,
      this.alive,
      this.datasets.node,
      this.chapters.node
    );
    this.draw();
  }

  /** Draw what is new, once for all that has come since the last picture. */
  private refresh(): void {
    if (this.isVisible && !this.waiting) {
      this.waiting = true;
      window.requestAnimationFrame(() => {
        this.waiting = false;
        if (this.language !== this.built) {
          const focused = document.activeElement === this.select;
          this.build();
          if (focused) {
            this.select.focus();
          }
        } else {
          this.draw();
        }
      });
    }
  }

  private draw(): void {
    const { link } = this.follower;
    const state = link?.state ?? null;
    if (link !== this.drawn) {
      this.drawn = link;
      setText(this.heard, ''); // that was in another kernel
    }
    setText(this.where, this.whereText());
    this.load.hidden = !(link && !state && link.asked && this.follower.isNotebook);
    this.alive.hidden = state === null;
    if (state) {
      const trainings = Object.entries(state.trainings);
      trainings.sort(([a], [b]) => Number(b) - Number(a)); // the newest first
      this.trainings.update(trainings);
      this.noTrainings.hidden = trainings.length > 0;
      const models = Object.entries(state.models);
      this.models.update(models);
      this.noModels.hidden = models.length > 0;
      this.announce(trainings);
    }
  }

  private whereText(): string {
    const { say } = this;
    const { name: title, link } = this.follower;
    if (title === null) {
      return say('no_notebook');
    }
    const name = { name: title };
    if (!link || link.kernel.isDisposed) {
      return say('no_kernel', name);
    }
    const { status, connectionStatus } = link.kernel;
    if (status === 'dead') {
      return say('kernel_dead', name);
    }
    if (status === 'restarting' || status === 'autorestarting') {
      return say('kernel_restarting', name);
    }
    if (connectionStatus !== 'connected') {
      return say('disconnected', name);
    }
    if (link.state) {
      return say('connected', name);
    }
    if (link.asked) {
      return say('not_loaded', name);
    }
    return say(status === 'busy' ? 'busy' : 'asking', name);
  }

  /** Let a screen reader say when a training begins, waits or ends; not how it goes on. */
  private announce(trainings: [string, ITraining][]): void {
    for (const [number, { state, model }] of trainings) {
      const key = `${this.follower.link?.kernel.id} ${number}`;
      if (this.states.has(key) && this.states.get(key) !== state) {
        const name = `${model.name}: ${this.say(state)}`;
        setText(this.heard, this.say('training_of', { number, name }));
      }
      this.states.set(key, state);
    }
  }

  private drawDataset(one: IDataset): HTMLElement {
    const { say } = this;
    const badge = (text: string) => html('span', { class: 'jp-kerasnb-Badge' }, text);
    const facts = say('samples', { train: count(one.train), test: count(one.test) });
    return html(
      'li',
      {},
      html(
        'button',
        {
          type: 'button',
          class: 'jp-kerasnb-Item',
          title: [say('insert_dataset', { title: one.title }), ...one.problems].join('\n'),
          click: () => void this.insert(one.code)
        },
        html('span', {}, one.title, ' '),
        badge(say(one.edition === 'full' ? 'edition_full' : 'edition_mini')),
        one.synthetic ? badge(say('synthetic')) : null,
        html('span', { class: 'jp-kerasnb-Facts' }, facts)
      )
    );
  }

  private drawChapter(one: IChapter): HTMLElement {
    const number = /\/(\d+)/.exec(one.name)?.[1] ?? '';
    return html(
      'li',
      {},
      html(
        'button',
        {
          type: 'button',
          class: 'jp-kerasnb-Item',
          title: this.say('open_chapter', { title: one.title }),
          click: () => void this.tried(this.openChapter(one))
        },
        html('span', { class: 'jp-kerasnb-Number' }, number, ' '),
        html('span', {}, one.title)
      )
    );
  }

  // -- acts

  private choose(): void {
    window.localStorage.setItem(CHOSEN, this.select.value);
    const { link } = this.follower;
    if (link?.state) {
      void this.tried(link.order('language', { name: this.select.value }));
    } else {
      this.refresh();
    }
  }

  private async openChapter(one: IChapter): Promise<void> {
    this.tell(this.say('starting'));
    const content = await this.ask<object>('chapter', { name: one.name });
    const { contents } = this.app.serviceManager;
    const path = await saveFresh(contents, one.name, content, this.follower.folder);
    if (this.oneDocument) {
      const { baseUrl } = this.app.serviceManager.serverSettings;
      const address = path.split('/').map(encodeURIComponent).join('/');
      window.open(`${baseUrl}notebooks/${address}`, '_blank');
    } else {
      await this.app.commands.execute('docmanager:open', { path });
    }
    this.tell(this.say('opened', { path }));
  }

  /** Put code into the active cell; where there is none, into the clipboard. */
  private async insert(code: string): Promise<void> {
    const { commands } = this.app;
    const name = this.follower.name ?? '';
    const command = 'notebook:replace-selection';
    if (this.follower.isNotebook && commands.hasCommand(command)) {
      await commands.execute(command, { text: code });
      this.tell(this.say('inserted', { name }));
      return;
    }
    try {
      await navigator.clipboard.writeText(code);
      this.tell(this.say('copied'));
    } catch {
      this.tell(`${this.say('not_copied')} ${code}`);
    }
  }

  private async ask<T>(order: string, more: { [key: string]: string } = {}): Promise<T> {
    try {
      return await ask<T>(this.follower, this.app.serviceManager, order, more);
    } catch (error) {
      throw new Error(this.inWords(error as Error));
    }
  }

  /** Say what has gone wrong, if anything has. */
  private async tried(act: Promise<unknown> | undefined): Promise<void> {
    try {
      await act;
    } catch (error) {
      this.tell(this.inWords(error as Error));
    }
  }

  private inWords({ message }: Error): string {
    if (message === NO_ANSWER) {
      return this.say('no_answer');
    }
    const name = this.follower.kernelName ?? this.app.serviceManager.kernelspecs.specs?.default;
    return message === NOT_THERE ? this.say('no_kerasnb', { name: name ?? '' }) : message;
  }

  private tell(text: string): void {
    setText(this.said, text);
  }

  private readonly follower: Follower;
  private readonly open = { datasets: false, chapters: false };
  private readonly states = new Map<string, string>();
  private readonly where = html('span');
  private readonly said = html('p', { class: 'jp-kerasnb-Said', role: 'status' });
  private readonly heard = html('p', { class: 'jp-kerasnb-Heard', role: 'status' });
  private built: Language = 'en';
  private waiting = false;
  private drawn: Link | null = null;
  private say!: Say;
  private select!: HTMLSelectElement;
  private load!: HTMLButtonElement;
  private alive!: HTMLElement;
  private noTrainings!: HTMLElement;
  private noModels!: HTMLElement;
  private trainings!: Keyed<ITraining, TrainingCard>;
  private models!: Keyed<IModel, ModelRow>;
  private datasets!: Shelf<IDataset>;
  private chapters!: Shelf<IChapter>;
}

function section(title: string, ...children: HTMLElement[]): HTMLElement {
  return html('section', { class: 'jp-kerasnb-Section' }, html('h3', {}, title), ...children);
}
