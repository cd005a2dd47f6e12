/** The Worker that has the device: the page stays free to draw, and threads may wait for each other. */
import { openRuntime } from '@glassbox/tensor-core';
import { takeLock } from './alive.ts';
import { Conductor } from './conductor.ts';
import { Keeper } from './keeper.ts';
import type { News, Order } from './messages.ts';

const tell = (news: News, transfer: Transferable[] = []) => globalThis.postMessage(news, { transfer });

takeLock((lock) => tell({ kind: 'living', lock }));

/** The built file's name has a hash of the code in it. */
const version = new URL(import.meta.url).pathname;

let conductor: Promise<Conductor> | undefined;

globalThis.onmessage = async ({ data }: MessageEvent<Order>) => {
  try {
    if (data.kind === 'open') await open(data);
    else (await conductor)?.take(data);
  } catch (error) {
    fail(error);
  }
};

async function open({ device }: Order & { kind: 'open' }): Promise<void> {
  const opening = openRuntime({ device });
  conductor = opening.then(async (runtime) => {
    const { kind, adapter } = runtime.device.info;
    return new Conductor(runtime, tell, await Keeper.open(`${kind} ${adapter}`, version));
  });
  const { info } = (await opening).device;
  const { kind, adapter, hardware, threads } = info;
  tell({
    kind: 'opened',
    device: { kind, adapter, hardware, threads, isolated: globalThis.crossOriginIsolated },
  });
  (await conductor).run().catch(fail);
}

function fail(error: unknown): void {
  tell({ kind: 'failed', reason: (error as Error).message });
}
