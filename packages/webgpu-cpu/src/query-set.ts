/** Sets of queries: the time of the host when a pass begins and ends. */
import { dictionary, size32, word } from './convert.ts';
import { type Core, DeviceObject, rule } from './core.ts';

const MOST = 4096;

/** A list of 64-bit results. */
export class GPUQuerySet extends DeviceObject implements globalThis.GPUQuerySet {
  declare readonly __brand: 'GPUQuerySet';
  /** @internal */
  readonly kind = 'query set';
  /** `timestamp`; `occlusion` belongs to render passes, which are not here: its results stay 0. */
  readonly type: GPUQueryType;
  /** How many results. */
  readonly count: number;
  readonly #results: BigUint64Array<ArrayBuffer>;
  #destroyed = false;

  /** @internal */
  constructor(core: Core, given: GPUQuerySetDescriptor) {
    const descriptor = dictionary('createQuerySet', given);
    super(core, descriptor.label);
    this.type = word('createQuerySet', 'type', descriptor.type, ['occlusion', 'timestamp']);
    this.count = size32('createQuerySet', 'count', descriptor.count);
    if (this.type === 'timestamp' && !core.features.has('timestamp-query')) {
      throw new TypeError(
        "createQuerySet: the type 'timestamp' needs the feature 'timestamp-query'; name it in requiredFeatures",
      );
    }
    this.valid = core.holds('createQuerySet', () =>
      rule(this.count <= MOST, () => `a query set has at most ${MOST} queries, not ${this.count}`),
    );
    this.#results = new BigUint64Array(this.valid ? this.count : 0);
  }

  /** @internal */
  get results(): BigUint64Array<ArrayBuffer> {
    return this.#results;
  }

  /** Its results cannot be used any more. */
  destroy(): undefined {
    this.#destroyed = true;
  }

  /** @throws what `Core.holds` reports if it was destroyed. @internal */
  requireThere(): void {
    rule(!this.#destroyed, () => `${this.named} was destroyed`);
  }

  /** Notes the time, in nanoseconds. @internal */
  stamp(query: number): void {
    this.#results[query] = BigInt(Math.round(1e6 * (performance.timeOrigin + performance.now())));
  }
}
