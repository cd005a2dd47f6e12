/** What the practical computes on in this page. */
import { openRuntime, type Runtime } from '@glassbox/tensor-core';
import type { DeviceWish } from '../../worker/messages.ts';
import { measureSpeed } from './speed.ts';

/** A device that is opened when it is needed, and opened anew when it was lost or another one is wanted. */
export class Machine {
  #runtime: Runtime | undefined;
  /** What the device was opened for. */
  #wish: DeviceWish = 'auto';
  #speed: number | undefined;

  async open(wish: DeviceWish): Promise<Runtime> {
    const fits = wish === this.#wish || wish === this.#runtime?.device.info.kind;
    if (this.#runtime && !fits) await this.close();
    this.#runtime ??= await openRuntime({ device: wish });
    this.#wish = wish;
    return this.#runtime;
  }

  /** Images a second in the training of a whole net, if they were measured. */
  get speed(): number | undefined {
    return this.#speed;
  }

  /** Measures the speed, once. */
  async measure(wish: DeviceWish): Promise<number> {
    const runtime = await this.open(wish);
    this.#speed ??= await measureSpeed(runtime);
    return this.#speed;
  }

  async close(): Promise<void> {
    await this.#runtime?.destroy().catch(() => {}); // a lost device cannot be destroyed
    this.#runtime = undefined;
    this.#speed = undefined;
  }
}

/** `Chrome 140`, `Firefox 150`, …: who computes. */
export function browserName(): string {
  const found = navigator.userAgent.match(/(Firefox|Edg|Chrome|Version)\/([\d.]+)/);
  return found ? `${found[1].replace('Version', 'Safari')} ${found[2]}` : 'unknown';
}
