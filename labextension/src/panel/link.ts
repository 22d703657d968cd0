import { Kernel, KernelMessage } from '@jupyterlab/services';
import { ISignal, Signal } from '@lumino/signaling';

import { IState, Language, Message, NAME, merged } from './protocol';
import { after, subshell } from './subshell';

/** Messages of errors that a panel puts into words. */
export const NO_ANSWER = 'no_answer';
export const NOT_THERE = 'not_there';

const PATIENCE = 30000; // milliseconds until an order counts as not heard
const PATIENCE_WITH_CELLS = 1500; // until a kernel counts as busy

/**
 * The connection to kerasnb in a kernel: its state as it changes, and orders to it.
 *
 * It goes on over restarts of the kernel and lost connections. Messages are written here rather
 * than through JupyterLab's comms, so that it is known on which subshell they go.
 */
export class Link {
  /**
   * @param kernel - The kernel; it is left as it is.
   * @param language - What to suggest to kerasnb.
   */
  constructor(
    readonly kernel: Kernel.IKernelConnection,
    private readonly language: () => Language | null
  ) {
    kernel.iopubMessage.connect(this.receive, this);
    kernel.statusChanged.connect(this.onStatus, this);
    kernel.connectionStatusChanged.connect(this.onConnection, this);
    void this.connect();
  }

  /** What there is in the kernel; null as long as kerasnb is not known to be there. */
  state: IState | null = null;

  /** Whether the kernel has been asked. */
  asked = false;

  /** Whether orders are heard while a cell runs. */
  get steerable(): boolean {
    return this.subshell !== null;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Resolves when the kernel has said whether kerasnb is there; rejects when it is not. */
  async whenThere(): Promise<void> {
    while (!this.state) {
      if (this.asked || this.kernel.isDisposed) {
        throw new Error(NOT_THERE);
      }
      await new Promise<void>(resolve => this.waiting.push(resolve));
    }
  }

  /** Order something; resolves with the kernel's answer. */
  order<T>(order: string, more: { [key: string]: string | number | null } = {}): Promise<T> {
    const id = `${this.kernel.clientId}-${++this.count}`;
    return new Promise<T>((resolve, reject) => {
      const end = (finish: () => void) => {
        window.clearTimeout(timer);
        this.answers.delete(id);
        finish();
      };
      const timer = window.setTimeout(() => end(() => reject(new Error(NO_ANSWER))), PATIENCE);
      this.answers.set(id, answer =>
        end(() =>
          answer.error === undefined
            ? resolve(answer.value as T)
            : reject(new Error(answer.error))
        )
      );
      try {
        this.send('comm_msg', { comm_id: NAME, data: { ...more, id, order } }, false);
      } catch (error) {
        end(() => reject(error as Error));
      }
    });
  }

  dispose(): void {
    this.turn++;
    Signal.clearData(this);
    this.kernel.iopubMessage.disconnect(this.receive, this);
    this.kernel.statusChanged.disconnect(this.onStatus, this);
    this.kernel.connectionStatusChanged.disconnect(this.onConnection, this);
  }

  /**
   * Ask whether kerasnb is there, and for all that it has to tell.
   *
   * A kernel without it is asked once and left alone: a subshell is a thread in it.
   */
  private async connect(known = false): Promise<void> {
    const turn = ++this.turn;
    try {
      let there = known || (await Promise.race([this.isThere(), after(PATIENCE_WITH_CELLS)]));
      if (turn === this.turn && there !== false) {
        const found = await subshell(this.kernel);
        if (turn === this.turn) {
          this.subshell = found;
          there = there ?? (await this.isThere()); // it was busy: now it can answer
        }
      }
      if (turn === this.turn && there) {
        await this.order('hello', { language: this.language() });
      } else if (turn === this.turn) {
        this.set(null, true);
      }
    } catch {
      // The kernel is gone, or restarts: then this is called again.
    }
  }

  private async isThere(): Promise<boolean> {
    const future = this.send('comm_info_request', { target_name: NAME }, true);
    const { content } = (await future.done) as KernelMessage.ICommInfoReplyMsg;
    return content.status === 'ok' && NAME in content.comms;
  }

  private send(
    msgType: 'comm_msg' | 'comm_info_request',
    content: object,
    reply: boolean
  ): Kernel.IShellFuture {
    const message = KernelMessage.createMessage({
      msgType,
      channel: 'shell',
      username: this.kernel.username,
      session: this.kernel.clientId,
      content
    } as KernelMessage.IOptions<KernelMessage.ICommInfoRequestMsg>);
    if (this.subshell !== null) {
      // JupyterLab before 4.4 has no option for it.
      (message.header as { subshell_id?: string }).subshell_id = this.subshell;
    }
    const future = this.kernel.sendShellMessage(message, reply);
    future.done.catch(() => undefined); // cancelled when the kernel restarts
    return future;
  }

  private receive(_: unknown, message: KernelMessage.IIOPubMessage): void {
    if (!KernelMessage.isCommMsgMsg(message) || message.content.comm_id !== NAME) {
      return;
    }
    const data = message.content.data as unknown as Message;
    if (data.kind === 'here') {
      this.asked = false;
      void this.connect(true);
    } else if (data.kind === 'gone') {
      this.set(null, true);
    } else if (data.kind === 'answer') {
      this.answers.get(data.id)?.(data);
    } else if (data.kind === 'news') {
      const next = data.number === this.number + 1;
      this.number = data.number;
      if (data.whole || (this.state && next)) {
        this.set(merged(data.whole ? null : this.state, data.changes) as IState, true);
      } else if (this.state) {
        void this.connect(true); // something was lost on the way
      }
    }
  }

  private onStatus(_: unknown, status: KernelMessage.Status): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      this.turn++;
      this.subshell = null;
      this.set(null, status === 'dead');
    } else {
      this.tell();
    }
  }

  private onConnection(_: unknown, status: Kernel.ConnectionStatus): void {
    if (status === 'connected') {
      void this.connect();
    }
    this.tell();
  }

  private set(state: IState | null, asked: boolean): void {
    this.state = state;
    this.asked = asked;
    this.tell();
  }

  private tell(): void {
    this.waiting.splice(0).forEach(resolve => resolve());
    this._changed.emit();
  }

  private subshell: string | null = null;
  private turn = 0;
  private number = 0;
  private count = 0;
  private waiting: (() => void)[] = [];
  private readonly answers = new Map<string, (answer: Message & { kind: 'answer' }) => void>();
  private readonly _changed = new Signal<this, void>(this);
}
