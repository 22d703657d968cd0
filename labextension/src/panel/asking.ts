import { ServiceManager } from '@jupyterlab/services';

import { Follower } from './follower';
import { Link } from './link';

/**
 * Order something that any kernel with kerasnb can answer: of the notebook's, or else of one
 * that is started for this and ended after it.
 *
 * What is on the shelf is known to kerasnb alone. A kernel brings it without a part of ours in
 * the server, in whatever environment the notebook runs, and without any network.
 */
export async function ask<T>(
  follower: Follower,
  services: ServiceManager.IManager,
  order: string,
  more: { [key: string]: string } = {}
): Promise<T> {
  if (follower.link?.state && (follower.link.steerable || follower.link.kernel.status === 'idle')) {
    return follower.link.order<T>(order, more);
  }
  await services.kernelspecs.ready;
  const name = follower.kernelName ?? services.kernelspecs.specs?.default;
  const kernel = await services.kernels.startNew({ name });
  const link = new Link(kernel, () => null);
  try {
    await kernel.requestExecute({ code: '%load_ext kerasnb', store_history: false }).done;
    await link.whenThere();
    return await link.order<T>(order, more);
  } finally {
    link.dispose();
    await kernel.shutdown();
    kernel.dispose();
  }
}
