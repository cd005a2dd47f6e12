/** The part of `npm run test:packages` that tries `@glassbox/webgpu-cpu`: docs/test-your-wgsl.md, engines, pages. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium as browsers } from 'playwright-core';
import { root } from '../plain-javascript.ts';
import { isolation } from '../serve-sources.ts';
import { withDependencies } from './dist.ts';
import { npmInstall, run } from './installed.ts';
import { type Engine, runWith } from './runtimes.ts';
import { serveFolder, titleOf } from './serve-page.ts';
import type { Say } from './verdicts.ts';

/** Computes on so many threads, and says the bits that come out: the same on every engine. */
const computing = `
import { create, globals } from '@glassbox/webgpu-cpu';
Object.assign(globalThis, globals);
const code = \`
var<workgroup> part: array<f32, 64>;
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(64) fn main(
  @builtin(local_invocation_index) l: u32, @builtin(global_invocation_id) id: vec3u,
) {
  var v = f32(id.x) * 0.37;
  for (var i = 0; i < 3; i++) { v = sqrt(abs(v)) / 1.01 + sin(v) + 1.5; }
  part[l] = v;
  workgroupBarrier();
  for (var s = 32u; s > 0; s /= 2) {
    if (l < s) { part[l] += part[l + s]; }
    workgroupBarrier();
  }
  x[id.x] = part[0] / v;
  // 2^-24 if the product is not rounded before the sum, else 0.
  if (id.x == 0u) { y[2] = y[0] * y[0] + y[1]; }
}\`;
export async function compute(options) {
  const adapter = await create(options).requestAdapter();
  const device = await adapter.requestDevice();
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const size = 4 * 64 * 1000;
  const x = device.createBuffer({ size, usage: STORAGE | COPY_SRC });
  const y = device.createBuffer({ size: 48, usage: STORAGE | COPY_SRC | COPY_DST });
  const a = 1 + 2 ** -12;
  device.queue.writeBuffer(y, 0, new Float32Array([a, a, a, a, ...new Array(4).fill(-1 - 2 ** -11)]));
  const result = device.createBuffer({ size: size + 16, usage: MAP_READ | COPY_DST });
  const module = device.createShaderModule({ code });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const entries = [{ binding: 0, resource: { buffer: x } }, { binding: 1, resource: { buffer: y } }];
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1000);
  pass.end();
  encoder.copyBufferToBuffer(x, 0, result, 0, size);
  encoder.copyBufferToBuffer(y, 32, result, size, 16);
  device.queue.submit([encoder.finish()]);
  await result.mapAsync(GPUMapMode.READ);
  const bytes = result.getMappedRange(0, size);
  const [probe] = new Float32Array(result.getMappedRange(size, 16));
  const numbers = new Float32Array(bytes);
  if (!numbers.every(Number.isFinite) || new Set(numbers).size < 1000) throw new Error('these numbers say nothing');
  const hash = new Uint32Array(bytes).reduce((sum, word) => Math.imul(sum ^ word, 16777619), 0);
  device.destroy();
  return 'bits ' + (hash >>> 0).toString(16) + (probe === 0 ? ', not fused' : ', fused');
}
`;

const programs = {
  'computing.js': computing,
  'computing.mjs': `
import { compute } from './computing.js';
const all = [];
for (const options of [{ threads: 1 }, { threads: 2 }, { debug: true }, { races: true }]) {
  all.push(await compute(options));
}
console.log([...new Set(all)].join(' and '));
`,
  'computing-page.js': `
import { compute } from './computing.js';
if (await navigator.gpu?.requestAdapter()) throw new Error('this page has WebGPU');
Promise.all([compute(), compute({ threads: 2 })]).then(
  (all) => { document.title = [...new Set(all)].join(' and '); },
  (error) => { document.title = 'error ' + error; },
);
`,
};

/** Writes them to a folder that has the package. */
export function writeComputing(folder: string): void {
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, name), text);
}

/**
 * Whether these are the bits of all engines before it that round multiply-adds as it does: once or
 * twice. Notes the first of either kind.
 */
export function agrees(computed: string, before: string[]): boolean {
  const kind = computed.match(/^bits [0-9a-f]+(, (?:not )?fused)$/)?.[1];
  if (!kind) return false;
  const known = before.find((said) => said.endsWith(kind));
  if (!known) before.push(computed);
  return computed === (known ?? computed);
}

/** What an engine computes: on one thread, on two, and with checks. It has to end by itself. */
export function computedBy(engine: Engine, project: string): string {
  const { status, stdout, stderr } = runWith(engine, project, 'computing.mjs');
  return status === 0 && stderr === '' ? stdout.trim() : `${stdout}${stderr}`;
}

/** Pages without WebGPU that load the package's files as they are, with threads and without. */
export async function checkComputingPages(
  executablePath: string,
  project: string,
  before: string[],
  say: Say,
): Promise<void> {
  const imports = Object.fromEntries(
    withDependencies('webgpu-cpu').map((name) => [
      `@glassbox/${name}`,
      `/node_modules/@glassbox/${name}/dist/index.js`,
    ]),
  );
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  const texts = {
    '/index.html': `<!doctype html><title>…</title>${map}<script type="module" src="computing-page.js"></script>`,
  };
  const browser = await browsers.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-features=WebGPU'],
  });
  for (const [what, headers] of Object.entries({ 'with threads': isolation, 'without threads': {} })) {
    const site = await serveFolder(project, headers, texts);
    const title = await titleOf(browser, site.origin);
    site.close();
    say(`a page on webgpu-cpu, ${what}`, agrees(title, before) ? '' : title, title);
  }
  await browser.close();
}

/** The programs of the page, and the commands that it gives to GitHub Actions. */
export function checkGuide(folder: string, packed: Readonly<Record<string, string>>, say: Say): void {
  const shown = join(root, 'packages/webgpu-cpu/test/guide');
  const tarballs = withDependencies('webgpu-cpu').map((name) => packed[name]);
  const project = (name: string, file: string, as: string, ...tools: string[]) => {
    const at = join(folder, `guide-${name}`);
    npmInstall(at, ...tarballs, ...tools);
    cpSync(join(shown, 'double.mjs'), join(at, 'double.mjs'));
    cpSync(join(shown, file), join(at, as));
    return at;
  };
  const env = { ...process.env, NODE_OPTIONS: '', VITEST: undefined, NO_COLOR: '1' };
  const page = readFileSync(join(root, 'docs/test-your-wgsl.md'), 'utf8');

  const jest = project('jest', 'jest.mjs', 'double.test.mjs', 'jest@30');
  const [, options] = page.match(/`NODE_OPTIONS=(\S+) npx jest`/)!;
  const tested = run('npx', ['jest'], jest, { ...env, NODE_OPTIONS: options });
  const well = tested.status === 0 && tested.stderr.includes('Tests:       1 passed, 1 total');
  say('docs/test-your-wgsl.md, jest', well ? '' : `${tested.stdout}${tested.stderr}`);

  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const tools = ['vitest', 'vite'].map((name) => `${name}@${devDependencies[name]}`);
  const vitest = project('vitest', 'vitest.test.ts', 'double.test.ts', ...tools);
  cpSync(join(shown, 'races.test.ts'), join(vitest, 'races.test.ts'));
  const [, workflow] = page.match(/```yaml\n([\s\S]*?)```/)!;
  const steps = [...workflow.matchAll(/^ +- run: (.*)$/gm)].map(([, command]) => command);
  for (const step of steps) {
    const [program, ...args] = step.split(' ');
    const { status, stdout, stderr } = run(program, args, vitest, env);
    say(`docs/test-your-wgsl.md, GitHub Actions: ${step}`, status === 0 ? '' : `${stdout}${stderr}`);
  }
}
