/**
 * A program of somebody who installed the packages. It is compiled against the packed declarations (see installed.ts),
 * with no types of the DOM, of Node, or of WebGPU.
 */
import { metrics, nn, openRuntime, type Runtime, type Tensor, tensor } from 'glassbox';

interface Point {
  readonly at: readonly [number, number];
  readonly inside: boolean;
}

/** A module of one's own, with an option that may be left out. */
class Residual extends nn.Module {
  readonly inner: nn.Linear;

  constructor(init: nn.Init, width: number, options: { readonly bias?: boolean } = {}) {
    super();
    this.inner = this.child('inner', new nn.Linear(init, width, width, options));
  }

  override forward(x: Tensor): Tensor {
    return this.inner.forward(x);
  }
}

export async function separate(points: readonly Point[]): Promise<number> {
  const runtime: Runtime = await openRuntime({ device: 'wasm', threads: 1 });
  const init = new nn.Init(runtime, 0);
  const net = new nn.Sequential(new nn.Linear(init, 2, 8), new Residual(init, 8), new nn.Linear(init, 8, 2));
  const optimizer = new nn.AdamW(net.parameters(), { lr: 0.01 });
  const loss = nn.crossEntropyLoss();
  const images = tensor(
    runtime,
    points.flatMap(({ at }) => [...at]),
    [points.length, 2],
  );
  const labels = tensor(
    runtime,
    points.map(({ inside }) => Number(inside)),
    [points.length],
    { dtype: 'u32' },
  );
  const recording = runtime.record(() => {
    loss(net.forward(images), { images, labels }).backward();
    optimizer.step();
    optimizer.zeroGrad();
  });
  for (let step = 0; step < 100; step++) recording.replay();
  recording.dispose();
  const logits = await net.forward(images).array();
  await runtime.destroy();
  const scores = points.map((_, row) => (logits[2 * row + 1] ?? 0) - (logits[2 * row] ?? 0));
  return metrics.auc(
    scores,
    points.map(({ inside }) => Number(inside)),
  );
}
