import type { Column } from '../output/table.ts';
import type { Measured } from '../timing.ts';

/** What a replayed step costs the host alone. */
export interface HostResult extends Measured {
  readonly case: string;
  readonly batch: number;
  readonly device: string;
  readonly hostMs: number;
  readonly hostMsQuartiles: readonly [number, number];
  readonly minHostMs: number;
  readonly dispatches: number;
  readonly hostUsPerDispatch: number;
  readonly inferHostMs: number;
  readonly inferDispatches: number;
}

/** How they are printed. */
export const hostColumns: readonly Column<HostResult>[] = [
  { title: 'case', value: (r) => r.case },
  { title: 'batch', value: (r) => r.batch },
  { title: 'ms/step', value: (r) => r.hostMs, digits: 3 },
  { title: 'quartiles', value: (r) => r.hostMsQuartiles.map((ms) => ms.toFixed(3)).join(' - ') },
  { title: 'fastest', value: (r) => r.minHostMs, digits: 3 },
  { title: 'dispatches', value: (r) => r.dispatches },
  { title: 'us/dispatch', value: (r) => r.hostUsPerDispatch, digits: 2 },
  { title: 'inference ms', value: (r) => r.inferHostMs, digits: 3 },
  { title: 'dispatches', value: (r) => r.inferDispatches },
];
