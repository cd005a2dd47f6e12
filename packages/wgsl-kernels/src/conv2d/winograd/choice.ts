import type { Tuning } from '../../kernel.ts';
import type { Layout } from '../../layout.ts';
import { type Conv2dSpec, conv2dLayouts } from '../spec.ts';
import { isWinograd } from './forward.ts';
import { tileGrid } from './tiles.ts';

/** Which parts of a convolution are computed in Winograd's form. */
export interface WinogradChoice {
  readonly forward: boolean;
  readonly inputGradient: boolean;
  readonly weightGradient: boolean;
}

/** With fewer the transforms, which grow with C + K, cost what the products, which grow with C K, save. */
const enoughChannels = 16;
/** With fewer the filter's transform is not worth it, and there is too little for several threads. */
const enoughTiles = 128;

/**
 * Where Winograd's form is faster than the direct one, as measured on the wasm device: between 16 or more channels,
 * for 512 or more pixels. Its invocations are few and long, each with scratch memory of its own: nothing for a machine
 * that needs many. A function of the shapes and of the machine alone, so that the same convolution gives the same bits
 * each time.
 */
export function chooseWinograd(spec: Conv2dSpec, { invocations }: Tuning): WinogradChoice {
  const { inChannels, outChannels } = spec;
  const possible =
    invocations === 'few' && isWinograd(spec) && Math.min(inChannels, outChannels) >= enoughChannels;
  const { x, y } = conv2dLayouts(spec);
  const wins = (computed: Layout) => possible && tileGrid(computed).total >= enoughTiles;
  return { forward: wins(y), inputGradient: wins(x), weightGradient: wins(y) };
}
