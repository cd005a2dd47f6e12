/** The Worker that has the device: the page stays free to draw, and threads may wait for each other. */
import { openRuntime } from '@glassbox/tensor-core';
import { Conductor } from './conductor.ts';
import type { News, Order } from './messages.ts';

const tell = (news: News, transfer: Transferable[] = []) => globalThis.postMessage(news, { transfer });

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
  conductor = opening.then((runtime) => new Conductor(runtime, tell));
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
