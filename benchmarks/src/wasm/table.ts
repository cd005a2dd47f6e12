import type { Column } from '../output/table.ts';
import type { TargetResult } from './targets.ts';

/** How figures are printed beside their targets. */
export const targetColumns: readonly Column<TargetResult>[] = [
  { title: 'item', value: (r) => r.item },
  { title: 'threads', value: (r) => r.threads },
  { title: 'target', value: (r) => `${r.atMost ? '<=' : '>='} ${r.target} ${r.unit}` },
  { title: 'value', value: (r) => r.value, digits: 1 },
  { title: 'quartiles', value: (r) => r.quartiles.map((value) => value.toFixed(1)).join(' - ') },
  { title: 'met', value: (r) => (r.met ? 'yes' : 'no') },
  { title: 'beside', value: (r) => r.beside },
];
