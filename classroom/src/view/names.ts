import type { NamedLayer } from '../playground/net.ts';
import { strings } from '../store.ts';

/** What the page calls a layer: `conv 2`, `linear`. */
export function nameOf({ kind, number }: Pick<NamedLayer, 'kind' | 'number'>): string {
  const name = strings.value.layerNames[kind];
  return kind === 'flatten' || kind === 'dropout' || kind === 'linear' ? name : `${name} ${number}`;
}
