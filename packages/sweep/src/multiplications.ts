import { makeNet, type NetName, type NetShape } from '@glassbox/nn';
import { type Launch, openRuntime, zeros } from '@glassbox/tensor-core';

/**
 * Multiplications of a forward pass of one image, about: half of the floating-point operations of its kernels, as the
 * `wasm` device has them. Nothing is computed.
 * @param net its name, as `makeNet` knows it
 */
export async function multiplications(net: string, shape: Omit<NetShape, 'seed'>): Promise<number> {
  const runtime = await openRuntime({ device: 'wasm', threads: 1 });
  try {
    const made = makeNet(runtime, net as NetName, { ...shape, seed: 0 });
    made.eval();
    let flop = 0;
    const launched = ({ factory, args }: Launch) => {
      for (const { kernel } of runtime.kernels.get(factory, args).steps) flop += kernel.flop;
    };
    const { inChannels, imageSize } = shape;
    runtime.observed({ launched, stepInput: () => {} }, () =>
      runtime.step(() => void made.forward(zeros(runtime, [1, inChannels, imageSize, imageSize]))),
    );
    return Math.round(flop / 2);
  } finally {
    await runtime.destroy();
  }
}
