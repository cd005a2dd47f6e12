/** Programs that run in a folder with installed packages, as plain JavaScript. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainJavaScript, root } from '../plain-javascript.ts';
import { writeComputing } from './check-webgpu-cpu.ts';

/** Trains for 20 steps on two threads, if it may, and says what came out: the same bits on every engine. */
const training = `
import { nn, openRuntime, tensor } from 'glassbox';

export async function train(options) {
  const runtime = await openRuntime({ device: 'wasm', threads: 2, ...options });
  const net = new nn.Linear(new nn.Init(runtime, 0), 2, 2);
  const optimizer = new nn.SGD(net.parameters(), { lr: 0.5 });
  const loss = nn.crossEntropyLoss();
  const images = tensor(runtime, [0, 1, 1, 0], [2, 2]);
  const labels = tensor(runtime, [0, 1], [2], { dtype: 'u32' });
  let last;
  for (let step = 0; step < 20; step++) {
    last = loss(net.forward(images), { images, labels });
    last.backward(); // a method, which a bundler may not leave out
    optimizer.step();
    optimizer.zeroGrad();
  }
  const { threads } = runtime.device.info;
  return 'loss ' + (await last.item()) + ' threads ' + threads;
}
`;

/** A page that trains in itself and says in its title what came out; \`?worker=…\` is the option of that name. */
const page = `
import { train } from './training.js';
const worker = new URLSearchParams(location.search).get('worker') ?? undefined;
train({ worker }).then((said) => { document.title = said; }, (error) => { document.title = 'error ' + error; });
`;

const programs = {
  'training.js': training,
  'page.js': page,
  'index.html': '<!doctype html><title>…</title><script type="module" src="./page.js"></script>\n',
  // It ends by itself, although its threads are still there.
  'threads.mjs': "import { train } from './training.js';\nconsole.log(await train());\n",
  'no-worker.mjs': `
    import { train } from './training.js';
    await train({ worker: './nowhere.js' }).then(console.log, (error) => console.log(String(error)));`,
  'no-dawn.mjs': `
    import { openRuntime } from 'glassbox';
    await openRuntime({ device: 'webgpu' }).then(
      () => console.log('opened'),
      (error) => console.log(error.name + ': ' + error.message),
    );`,
  // Each object by itself: how engines set out lists of them is their own.
  'printing.mjs': `
    import { nn, openRuntime, tensor, zeros } from 'glassbox';
    const runtime = await openRuntime({ device: 'wasm', threads: 1 });
    const x = tensor(runtime, [1, 2.5, -3, 4], [2, 2]).requiresGrad_();
    const init = new nn.Init(runtime, 0);
    const net = new nn.Sequential(new nn.Linear(init, 2, 3), new nn.ReLU(), new nn.Linear(init, 3, 1));
    console.log(x, net);
    console.log(x.relu());
    await x.print();
    await zeros(runtime, [40, 40]).print();
    const summary = nn.summary(net, [4, 2]);
    console.log(summary);
    console.log(String(summary));`,
  'auto.mjs': `
    import { openRuntime } from 'glassbox';
    console.log((await openRuntime()).device.info.kind);`,
  // More than the device holds before it asks for a garbage collection.
  'garbage.mjs': `
    import { add, openRuntime, zeros } from 'glassbox';
    const runtime = await openRuntime({ device: 'wasm', threads: 1 });
    const x = zeros(runtime, [1 << 22]);
    for (let i = 0; i < 100; i++) await add(x, i).at(0).item();
    console.log(runtime.device.memory.bytes < 600 * 2 ** 20 ? 'freed' : 'kept');`,
  'files.mjs': `
    import { nn, openRuntime } from 'glassbox';
    const runtime = await openRuntime({ device: 'wasm', threads: 1 });
    const [saved, loaded] = [0, 1].map((seed) => new nn.Linear(new nn.Init(runtime, seed), 2, 2));
    await nn.writeSafetensors('net.safetensors', await saved.stateDict());
    loaded.loadStateDict((await nn.readSafetensors('net.safetensors')).tensors);
    console.log(String(await saved.weight.array()) === String(await loaded.weight.array()) ? 'the same' : 'other');`,
};

/** Writes them, and those that users see: the examples, and the program of the packages' README. */
export function writePrograms(folder: string): void {
  for (const name of ['train', 'fit']) {
    const source = readFileSync(join(root, 'examples', `${name}.ts`), 'utf8');
    writeFileSync(
      join(folder, `${name}.mjs`),
      plainJavaScript(source, (specifier) => specifier),
    );
  }
  const readme = readFileSync(join(root, 'packages', 'glassbox', 'README.md'), 'utf8');
  writeFileSync(join(folder, 'readme.mjs'), readme.match(/```js\n([\s\S]*?)```/)![1]);
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, name), text);
  writeComputing(folder);
}
