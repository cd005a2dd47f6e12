import { nn, type Runtime } from 'glassbox';

/** Noisy images of 8x8 pixels: class 0 is brighter on the left, class 1 on the right. */
export function drawImages(count: number, seed: number) {
  const random = new nn.RandomStream(seed, 0);
  const labels = Uint8Array.from({ length: count }, (_, image) => image % 2);
  const images = Uint8Array.from({ length: count * 64 }, (_, at) => {
    const isRight = at % 8 >= 4 ? 1 : 0;
    const bright = isRight === labels[Math.floor(at / 64)] ? 40 : 0;
    return bright + 215 * random.uniform();
  });
  return { images, labels, shape: [1, 8, 8] } as const;
}

/** A net that tells them apart. The same seed gives the same weights. */
export function smallNet(runtime: Runtime): nn.Sequential {
  const init = new nn.Init(runtime, 0);
  return new nn.Sequential(
    new nn.Conv2d(init, 1, 8, { kernelSize: 3, stride: 2, padding: 1 }),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(init, 8 * 4 * 4, 2),
  );
}
