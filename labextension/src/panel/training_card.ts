import { html, setText } from '../render/dom';
import { ITraining } from './protocol';
import { Say, count, duration, real } from './words';

/** What a card orders. */
export interface IOrders {
  stop(training: ITraining): void;
  pause(training: ITraining): void;
  resume(training: ITraining): void;
  learningRate(training: ITraining, value: number): void;
  steerable(): boolean;
}

/** A training: how far it is, its last values, and the means to steer it. */
export class TrainingCard {
  constructor(
    private readonly number: string,
    private readonly say: Say,
    private readonly orders: IOrders
  ) {
    const order = (act: (training: ITraining) => void) => () => this.training && act(this.training);
    this.stop = html(
      'button',
      { type: 'button', class: 'jp-mod-styled', click: order(t => orders.stop(t)) },
      say('stop')
    );
    this.stop.setAttribute('aria-label', say('stop_of', { number }));
    this.pause = html('button', {
      type: 'button',
      class: 'jp-mod-styled',
      click: order(t => (t.state === 'paused' ? orders.resume(t) : orders.pause(t)))
    });
    this.rate = html('input', {
      class: 'jp-mod-styled',
      type: 'text',
      inputmode: 'decimal',
      autocomplete: 'off',
      'aria-label': say('learning_rate_of', { number })
    });
    this.rate.addEventListener('input', () => {
      this.edited = true;
    });
    const set = html('button', { type: 'submit', class: 'jp-mod-styled' }, say('set_rate'));
    set.setAttribute('aria-label', say('set_rate_of', { number }));
    this.form = html(
      'form',
      { class: 'jp-kerasnb-Rate' },
      html('span', { 'aria-hidden': 'true' }, say('learning_rate')),
      this.rate,
      set
    );
    this.form.noValidate = true;
    this.form.addEventListener('submit', event => {
      event.preventDefault();
      this.submit();
    });
    this.bar.setAttribute('aria-label', say('progress_of', { number }));
    this.bar.max = 1;
    this.controls = html(
      'div',
      { class: 'jp-kerasnb-Controls' },
      this.pause,
      this.stop,
      this.form,
      this.problem,
      this.hint
    );
    this.node = html(
      'li',
      { class: 'jp-kerasnb-Card' },
      html('div', { class: 'jp-kerasnb-Head' }, this.title, this.state),
      this.bar,
      this.facts,
      this.metrics,
      this.controls
    );
  }

  readonly node: HTMLLIElement;

  update(training: ITraining): void {
    const { say, number } = this;
    this.training = training;
    const running = training.state === 'running' || training.state === 'paused';
    const { name, class: kind } = training.model;
    setText(this.title, say('training_of', { number, name: `${name} (${kind})` }));
    setText(this.state, say(training.state));
    this.node.dataset.state = training.state;
    this.bar.value = share(training);
    setText(this.facts, this.factsOf(training).join(' · '));
    const metrics = Object.entries(training.metrics);
    setText(this.metrics, metrics.map(([key, value]) => `${key} ${real(value)}`).join(' · '));

    this.controls.hidden = !running;
    const steerable = this.orders.steerable();
    const key = training.state === 'paused' ? 'resume' : 'pause';
    setText(this.pause, say(key));
    this.pause.setAttribute('aria-label', say(`${key}_of`, { number }));
    const learningRate = training.progress.learning_rate;
    this.pause.hidden = !steerable;
    this.form.hidden = !steerable || learningRate === undefined;
    setText(this.hint, steerable ? '' : say('only_stop'));
    if (learningRate !== undefined && learningRate !== this.told) {
      this.told = learningRate;
      if (!this.edited) {
        this.rate.value = real(learningRate);
      }
    }
  }

  private submit(): void {
    const text = this.rate.value.trim().replace(',', '.');
    const value = Number(text);
    const good = text !== '' && Number.isFinite(value) && value >= 0;
    setText(this.problem, good ? '' : this.say('no_rate'));
    this.rate.setAttribute('aria-invalid', String(!good));
    if (good && this.training) {
      this.edited = false;
      this.orders.learningRate(this.training, value);
    }
  }

  private factsOf(training: ITraining): string[] {
    const { say } = this;
    const now = training.progress;
    const facts = [];
    if (now.epoch !== undefined && now.epochs !== undefined) {
      facts.push(say('epoch_of', { epoch: now.epoch, epochs: now.epochs }));
    }
    if (now.step !== undefined && now.steps !== undefined) {
      facts.push(say('step_of', { step: count(now.step), steps: count(now.steps) }));
    }
    if (now.seconds !== undefined) {
      facts.push(say('time', { time: duration(now.seconds) }));
    }
    if (now.left !== undefined && training.state === 'running') {
      facts.push(say('time_left', { time: duration(now.left) }));
    }
    if (now.rate !== undefined) {
      facts.push(say('rate', { rate: count(now.rate) }));
    }
    if (now.learning_rate !== undefined) {
      facts.push(say('rate_is', { value: real(now.learning_rate) }));
    }
    return facts;
  }

  private training: ITraining | null = null;
  private told: number | undefined;
  private edited = false;
  private readonly title = html('h4');
  private readonly state = html('span', { class: 'jp-kerasnb-Badge' });
  private readonly bar = html('progress');
  private readonly facts = html('p');
  private readonly metrics = html('p', { class: 'jp-kerasnb-Metrics' });
  private readonly problem = html('p', { class: 'jp-kerasnb-Problem', role: 'alert' });
  private readonly hint = html('p', { class: 'jp-kerasnb-Hint' });
  private readonly stop: HTMLButtonElement;
  private readonly pause: HTMLButtonElement;
  private readonly rate: HTMLInputElement;
  private readonly form: HTMLFormElement;
  private readonly controls: HTMLElement;
}

/** Which part of a training is done, from 0 to 1. */
function share({ state, progress }: ITraining): number {
  if (state === 'finished') {
    return 1;
  }
  const { epoch = 1, epochs = 1, step = 0, steps = 1 } = progress;
  return Math.min(Math.max((epoch - 1 + step / (steps || 1)) / (epochs || 1), 0), 1);
}
