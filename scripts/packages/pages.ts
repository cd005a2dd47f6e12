/** Pages that bundlers make of the installed packages, run in Chromium. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { chromium as browsers } from 'playwright-core';
import { isolation } from '../serve-sources.ts';

/** A page that trains in itself and says in its title what came out, and on how many threads. */
const page = `
import { nn, openRuntime, tensor } from 'glassbox';

async function train() {
  const runtime = await openRuntime({ device: 'wasm', threads: 2 });
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
train().then((said) => { document.title = said; }, (error) => { document.title = 'error ' + error; });
`;

/** Folder of the built page by the bundler's name. */
const bundlers = {
  vite: { args: ['vite', 'build', '--outDir', 'out-vite', '--logLevel', 'error'], out: 'out-vite' },
  // esbuild follows no worker: it is an entry of its own, beside the page's script.
  esbuild: {
    args: [
      'esbuild',
      'page.js',
      'worker=@glassbox/wgsl-wasm/worker',
      '--bundle',
      '--format=esm',
      '--outdir=out-esbuild',
    ],
    out: 'out-esbuild',
  },
} as const;

export type Bundler = keyof typeof bundlers;
export const bundlerNames = Object.keys(bundlers) as Bundler[];

/** Writes the page, and bundles it with the bundler's defaults. Returns the folder to serve. */
export function bundlePage(project: string, name: Bundler): string {
  const { args, out } = bundlers[name];
  writeFileSync(join(project, 'page.js'), page);
  const html = '<!doctype html><title>…</title><script type="module" src="./page.js"></script>\n';
  writeFileSync(join(project, 'index.html'), html);
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', ...args], {
    cwd: project,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const words = `${stdout}${stderr}`;
  if (status !== 0) throw new Error(`${name}:\n${words}`);
  if (/node:|externalized|warning/i.test(words)) throw new Error(`${name} warns:\n${words}`);
  const folder = join(project, out);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'index.html'))) writeFileSync(join(folder, 'index.html'), html);
  return folder;
}

/** Removes the worker's file from a bundled page, as a deployment may. @throws Error if there is none to remove. */
export function loseWorker(folder: string): void {
  const files = globSync('**/worker*.js', { cwd: folder });
  if (files.length === 0) throw new Error(`no file of the worker in ${folder}`);
  for (const file of files) rmSync(join(folder, file));
}

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** What the page's title says in the end. @param isolated whether the page may share memory between threads */
export async function titleOf(folder: string, chromium: string, isolated: boolean): Promise<string> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = join(folder, path === '/' ? 'index.html' : path);
    const found = existsSync(file);
    response.writeHead(found ? 200 : 404, {
      ...(isolated ? isolation : {}),
      'Content-Type': types[extname(file)] ?? 'text/plain',
    });
    response.end(found ? readFileSync(file) : 'not found');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const browser = await browsers.launch({ executablePath: chromium, args: ['--no-sandbox'] });
  try {
    const tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await tab.waitForFunction(() => /^(loss|error)/.test(document.title), undefined, { timeout: 60_000 });
    return await tab.title();
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}
