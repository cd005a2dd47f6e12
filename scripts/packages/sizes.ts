/**
 * What pages fetch that Vite makes of the installed packages: the scripts that load at once, those that come when the
 * device is opened, and the worker of its threads, each compressed by gzip as servers do it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium as browsers } from 'playwright-core';
import { build, type Rolldown } from 'vite';
import { chromiumFlags } from '../../packages/tensor-core/test/browser/chromium.ts';
import { root } from '../plain-javascript.ts';
import { isolation } from '../serve-sources.ts';

/** Five steps of training, as in the README. */
const loop = (optimizer: string, images: string) => `
    const optimizer = ${optimizer};
    const crossEntropy = nn.crossEntropyLoss();
    let loss;
    for (let step = 0; step < 5; step++) {
      loss = runtime.step(() => {
        const batchLoss = crossEntropy(net.forward(${images}), { images: ${images}, labels });
        backward(batchLoss);
        optimizer.step();
        optimizer.zeroGrad();
        return batchLoss;
      });
    }
    document.title = 'loss ' + (await loss.item());`;

/** Programs of pages, by what they use of the packages. */
const programs = {
  'tensors and autograd': (device: string) => `
    import { add, backward, matmul, openRuntime, relu, sum, tensor } from 'glassbox/functions';
    const runtime = await openRuntime({ device: '${device}' });
    const x = tensor(runtime, [1, 2, 3, 4], [2, 2]).requiresGrad_();
    const loss = sum(relu(add(matmul(x, x), 1)));
    backward(loss);
    document.title = 'loss ' + (await loss.item());`,
  'the same with methods of tensors': (device: string) => `
    import { openRuntime, tensor } from 'glassbox';
    const runtime = await openRuntime({ device: '${device}' });
    const x = tensor(runtime, [1, 2, 3, 4], [2, 2]).requiresGrad_();
    const loss = x.matmul(x).add(1).relu().sum();
    loss.backward();
    document.title = 'loss ' + (await loss.item());`,
  'a training loop with two `Linear` layers': (device: string) => `
    import { backward, nn, openRuntime, tensor } from 'glassbox/functions';
    const runtime = await openRuntime({ device: '${device}' });
    const points = tensor(runtime, [0, 0, 0, 1, 1, 0, 1, 1], [4, 2]);
    const labels = tensor(runtime, [0, 1, 1, 0], [4], { dtype: 'u32' });
    const init = new nn.Init(runtime, 0);
    const net = new nn.Sequential(new nn.Linear(init, 2, 16), new nn.Tanh(), new nn.Linear(init, 16, 2));
    ${loop('new nn.Adam(net.parameters(), { lr: 0.02 })', 'points')}`,
  'a training loop with `Conv2d`, `MaxPool2d` and `Linear`': (device: string) => `
    import { backward, nn, openRuntime, tensor } from 'glassbox/functions';
    const runtime = await openRuntime({ device: '${device}' });
    const pixels = Float32Array.from({ length: 32 * 28 * 28 }, (_, i) => ((i * 7919) % 251) / 251);
    const images = tensor(runtime, pixels, [32, 1, 28, 28]);
    const labels = tensor(runtime, Uint32Array.from({ length: 32 }, (_, i) => i % 2), [32], { dtype: 'u32' });
    const init = new nn.Init(runtime, 0);
    const net = new nn.Sequential(
      new nn.Conv2d(init, 1, 8, { kernelSize: 3 }), new nn.ReLU(), new nn.MaxPool2d(2),
      new nn.Flatten(), new nn.Linear(init, 8 * 13 * 13, 2),
    );
    ${loop('new nn.SGD(net.parameters(), { lr: 0.1 })', 'images')}`,
  'a training of `PracticalNet` by `fit`': (device: string) => `
    import { nn, openRuntime } from 'glassbox/functions';
    const runtime = await openRuntime({ device: '${device}' });
    const images = Uint8Array.from({ length: 64 * 28 * 28 }, (_, i) => (i * 7919) % 251);
    const labels = Uint8Array.from({ length: 64 }, (_, i) => i % 2);
    const net = new nn.PracticalNet(runtime);
    const { history } = await nn.fit(net, {
      train: nn.examples(runtime, { images, labels, shape: [1, 28, 28] }),
      loss: nn.crossEntropyLoss(),
      optimizer: new nn.Adam(net.parameters(), { lr: 1e-3 }),
      epochs: 1,
      batchSize: 32,
    });
    document.title = 'loss ' + history.at(-1).trainLoss;`,
  'all of glassbox': (device: string) => `
    import * as glassbox from 'glassbox';
    globalThis.glassbox = glassbox;
    await glassbox.openRuntime({ device: '${device}' });
    document.title = 'loss 0';`,
} as const;

type PageName = keyof typeof programs;
const pageNames = Object.keys(programs) as PageName[];

/** What pages may not reach, in bytes; the README's table says what they are. */
const limits: Partial<Record<PageName, Partial<Record<PageDevice, number>>>> = {
  'a training loop with two `Linear` layers': { wasm: 100_000 },
};

/** The devices of browsers, each with what its module is called. */
const devices = { webgpu: '/webgpu/dawn.js', wasm: '/wasm/wasm-device.js' } as const;
type PageDevice = keyof typeof devices;
const pageDevices = Object.keys(devices) as PageDevice[];

/** A page's files by their paths, and which of them it fetches. */
interface BuiltPage {
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  readonly fetched: readonly string[];
  /** Devices whose code is among that. */
  readonly opens: readonly PageDevice[];
}

/** Builds a page with Vite's defaults in a folder that has glassbox installed. */
async function buildPage(project: string, name: PageName, device: PageDevice): Promise<BuiltPage> {
  const id = '/page.js';
  const page = {
    name: 'page',
    resolveId: (asked: string) => (asked === id ? join(project, id) : undefined),
    load: (asked: string) => (asked === join(project, id) ? programs[name](device) : undefined),
  };
  const { output } = (await build({
    root: project,
    configFile: false,
    logLevel: 'error',
    plugins: [page],
    build: { write: false, rolldownOptions: { input: id } },
  })) as Rolldown.RolldownOutput;
  const files = new Map(output.map((file) => [file.fileName, 'code' in file ? file.code : file.source]));
  const chunks = new Map(output.flatMap((file) => ('code' in file ? [[file.fileName, file] as const] : [])));
  const fetched = new Set<string>();
  const fetch = (file: string) => {
    if (fetched.has(file)) return;
    fetched.add(file);
    chunks.get(file)?.imports.forEach(fetch);
  };
  const holds = ({ moduleIds }: Rolldown.OutputChunk, end: string) =>
    moduleIds.some((each) => each.endsWith(end));
  for (const chunk of chunks.values()) {
    if (chunk.isEntry || holds(chunk, devices[device])) fetch(chunk.fileName);
  }
  if (device === 'wasm') for (const file of files.keys()) if (/\/worker-/.test(file)) fetch(file);
  const opens = pageDevices.filter((each) =>
    [...fetched].some((file) => chunks.has(file) && holds(chunks.get(file)!, devices[each])),
  );
  return { files, fetched: [...fetched], opens };
}

const gzipped = (file: string | Uint8Array) => gzipSync(file, { level: 9 }).length;

/** Bytes that files of a page have, compressed one by one. */
function bytesOf({ files }: BuiltPage, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + gzipped(files.get(name)!), 0);
}

const row = (name: PageName, bytes: readonly number[]) =>
  `| ${name} | ${bytes.map((each) => `${Math.round(each / 1000)} kB`).join(' | ')} |`;

/**
 * What is wrong with the table of sizes in the README; nothing if pages are as small as it says, within 3 %, and under
 * their limits.
 * @param chromium also asks this browser what the pages fetch in truth
 */
export async function sizeProblems(project: string, chromium?: string): Promise<string> {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const rows: string[] = [];
  const problems: string[] = [];
  let differs = false;
  for (const name of pageNames) {
    const bytes: number[] = [];
    for (const device of pageDevices) {
      const page = await buildPage(project, name, device);
      const size = bytesOf(page, page.fetched);
      bytes.push(size);
      const limit = limits[name]?.[device];
      if (limit !== undefined && size >= limit)
        problems.push(`${name} on ${device}: ${size} bytes, but must be under ${limit}`);
      if (page.opens.join() !== device)
        problems.push(`${name} on ${device}: fetches ${page.opens.join(' and ')}`);
      if (!chromium) continue;
      const { title, fetched } = await runPage(page, chromium);
      const [meant, got] = [page.fetched, fetched].map((files) => files.toSorted().join(' '));
      if (!/^loss \d/.test(title)) problems.push(`${name} on ${device}: ${title}`);
      if (meant !== got) problems.push(`${name} on ${device}: fetches ${got}, not ${meant}`);
    }
    rows.push(row(name, bytes));
    const said = readme.split('\n').find((line) => line.startsWith(`| ${name} |`));
    const figures = [...(said ?? '').matchAll(/(\d+) kB/g)].map(([, kilobytes]) => 1000 * Number(kilobytes));
    differs ||= bytes.some((each, column) => !(Math.abs(each / figures[column] - 1) < 0.03));
  }
  if (differs) problems.push(`README.md should say:\n${rows.join('\n')}`);
  return problems.join('\n');
}

/** Opens a page, isolated so that it has threads. Returns its title in the end and the scripts that it fetched. */
async function runPage({ files, fetched: [entry] }: BuiltPage, chromium: string) {
  const origin = 'http://localhost';
  const html = `<!doctype html><title>…</title><script type="module" src="/${entry}"></script>`;
  const fetched: string[] = [];
  const browser = await browsers.launch({ executablePath: chromium, args: chromiumFlags });
  try {
    const context = await browser.newContext();
    await context.route('**', (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      const body = name === '' ? html : files.get(name);
      if (body === undefined) return route.fulfill({ status: 404 });
      if (name !== '') fetched.push(name);
      const contentType = name === '' ? 'text/html' : 'text/javascript';
      return route.fulfill({ body: Buffer.from(body), contentType, headers: isolation });
    });
    const tab = await context.newPage();
    tab.on('pageerror', (error) => {
      void tab.evaluate((words) => {
        document.title = words;
      }, `error ${error}`);
    });
    await tab.goto(`${origin}/`);
    await tab.waitForFunction(() => /^(loss|error)/.test(document.title), undefined, { timeout: 240_000 });
    return { title: await tab.title(), fetched: [...new Set(fetched)] };
  } finally {
    await browser.close();
  }
}
