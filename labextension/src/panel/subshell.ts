import { Kernel, KernelMessage } from '@jupyterlab/services';

const PATIENCE = 3000; // milliseconds until a kernel counts as one that knows no subshells
const KEPT = 'kerasnb:subshell:';

/**
 * Return the subshell of a kernel that this page gives its orders on, null if it can have none.
 *
 * It is remembered for as long as the page's tab is open: a page that is loaded anew would leave
 * a thread behind in the kernel each time.
 */
export async function subshell(kernel: Kernel.IKernelConnection): Promise<string | null> {
  if ((await known(kernel)) === false) {
    return null;
  }
  try {
    const kept = window.sessionStorage.getItem(KEPT + kernel.id);
    if (kept) {
      const list = await ask<{ subshell_id?: string[] }>(kernel, 'list_subshell_request');
      if (list.subshell_id?.includes(kept)) {
        return kept;
      }
    }
    const made = await ask<{ subshell_id?: string }>(kernel, 'create_subshell_request');
    if (made.subshell_id) {
      window.sessionStorage.setItem(KEPT + kernel.id, made.subshell_id);
    }
    return made.subshell_id ?? null;
  } catch {
    return null;
  }
}

/** Whether a kernel has subshells; null if it is too busy to say. */
async function known(kernel: Kernel.IKernelConnection): Promise<boolean | null> {
  // JupyterLab before 4.4 does not know the property; the kernel's answer has it all the same.
  const told = kernel.info.then(info =>
    Boolean(
      (info as { supported_features?: string[] }).supported_features?.includes('kernel subshells')
    )
  );
  return Promise.race([told, after(PATIENCE).then(() => null)]);
}

async function ask<T>(kernel: Kernel.IKernelConnection, msgType: string): Promise<T> {
  const message = KernelMessage.createMessage({
    msgType,
    channel: 'control',
    username: kernel.username,
    session: kernel.clientId,
    content: {}
  } as unknown as KernelMessage.IOptions<KernelMessage.ICreateSubshellRequestMsg>);
  const future = kernel.sendControlMessage(message, true);
  const reply = await Promise.race([future.done, after(PATIENCE)]);
  if (!reply) {
    future.dispose();
    throw new Error(`${msgType}: no answer`);
  }
  return reply.content as T;
}

/** Wait for some milliseconds. */
export function after(time: number): Promise<void> {
  return new Promise(resolve => window.setTimeout(resolve, time));
}
