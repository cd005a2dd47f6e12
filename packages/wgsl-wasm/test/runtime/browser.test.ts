/**
 * The runtime in Chromium, in a worker and in the page itself, with and without cross-origin isolation. A small
 * server sends the sources with their types stripped, so that nothing needs to be bundled.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import chromiumBinary from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainJavaScript } from '../../../../scripts/plain-javascript.ts';

const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));
/** Of the one package that the compiler uses, served under `/options/`. */
const OPTIONS = fileURLToPath(new URL('../../../options/src', import.meta.url));

/** Runs in the browser. Leaves its result (or the error) with the page, or posts it from a worker. */
const SCRIPT = `
const inPage = typeof document !== 'undefined';
const report = (result) => inPage ? (window.result = result) : postMessage(result);
try {
  const { openWasmRuntime } = await import('/index.ts');
  const runtime = await openWasmRuntime({ threads: 3, debug: true, operationLimit: 1e7 });
  const wgsl = \`
@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var s = x[id.x];
  for (var i = 0; i < 20; i++) { s = sqrt(s) + 1.0; }
  x[id.x] = s;
}\`;
  const kernel = runtime.prepare({ name: 'grow', wgsl });
  const buffer = runtime.createBuffer(16 * 8192);
  const dispatch = (workgroups) => [{ kernel, buffers: [{ buffer, offset: 0, size: buffer.bytes }], workgroups }];
  for (let i = 0; i < 10; i++) {
    runtime.submit(dispatch([2048, 1, 1]));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const values = new Set(new Float32Array(await runtime.read(buffer, 0, buffer.bytes)));
  runtime.submit(dispatch([2049, 1, 1]));
  const failure = await runtime.synchronize().then(() => 'none', (error) => error.message);
  const endless = runtime.prepare({ name: 'endless', wgsl: wgsl.replace('i < 20', 's.x > -1.0') });
  const [list] = dispatch([2048, 1, 1]);
  runtime.submit([{ ...list, kernel: endless }]);
  const lost = await runtime.synchronize().then(() => 'none', (error) => error.message);
  await runtime.destroy();
  // What the compiler needs for barriers, and for this error, comes only now.
  const other = await openWasmRuntime({ threads: 3 });
  const four = other.createBuffer(16);
  const swap = other.prepare({ name: 'swap', wgsl: \`
var<workgroup> kept: array<f32, 4>;
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) at: u32) {
  kept[at] = f32(at);
  workgroupBarrier();
  x[at] = kept[3u - at];
}\` });
  other.submit([{ kernel: swap, buffers: [{ buffer: four, offset: 0, size: 16 }], workgroups: [1, 1, 1] }]);
  const swapped = [...new Float32Array(await other.read(four, 0, 16))];
  const { threads, features } = runtime;
  await other.destroy();
  report({ threads, sharedMemory: features.sharedMemory, values: [...values], failure, lost, swapped });
} catch (error) {
  report(String(error.stack));
}`;

/** What can be wrong with the file of the worker. */
type Fault = 'missing' | 'of a wrong type' | 'forbidden by the Content-Security-Policy' | 'empty';
type Policy = Readonly<{ 'Content-Security-Policy'?: string }>;

function serve(isolated: boolean, fault?: Fault, policy: Policy = {}): Server {
  const headers = {
    ...policy,
    ...(isolated && {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    }),
    ...(fault === 'forbidden by the Content-Security-Policy' && {
      'Content-Security-Policy': "worker-src 'none'",
    }),
  };
  return createServer((request, response) => {
    const send = (type: string, text: string) =>
      response.writeHead(200, { ...headers, 'Content-Type': type }).end(text);
    const path = normalize(new URL(request.url!, 'http://localhost').pathname);
    if (path === '/') return send('text/html', '<!doctype html><title>runtime</title>');
    if (path === '/script.js') return send('text/javascript', SCRIPT);
    if (fault && path === '/runtime/worker.ts') {
      if (fault === 'missing') return response.writeHead(404, headers).end();
      // As servers do that answer every unknown path with the start page.
      if (fault === 'of a wrong type') return send('text/html', '<!doctype html><title>start</title>');
      if (fault === 'empty') return send('text/javascript', '');
    }
    if (!path.endsWith('.ts')) return response.writeHead(404, headers).end();
    const file = path.startsWith('/options/')
      ? join(OPTIONS, path.slice('/options'.length))
      : join(SOURCES, path);
    const rename = (name: string) => (name === '@glassbox/options' ? '/options/index.ts' : name);
    return send('text/javascript', plainJavaScript(readFileSync(file, 'utf8'), rename));
  });
}

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    // The package is made for servers without kernel namespaces; what it turns off besides that is wanted here.
    const args = chromiumBinary.args.filter((arg) => !/single-process|web-security/.test(arg));
    browser = await chromium.launch({ executablePath: await chromiumBinary.executablePath(), args });
  });
  afterAll(() => browser.close());

  for (const isolated of [true, false]) {
    it(isolated ? 'isolated: threads over shared memory' : 'not isolated: one thread', async () => {
      const server = serve(isolated).listen(0);
      const page = await browser.newPage();
      await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
      const inWorker = await page.evaluate(`new Promise((resolve, reject) => {
        const worker = new Worker('/script.js', { type: 'module' });
        worker.onmessage = (event) => resolve(event.data);
        worker.onerror = (event) => reject(new Error(event.message));
      })`);
      const inPage = await page.evaluate("import('/script.js').then(() => window.result)");
      let expected = 0;
      for (let i = 0; i < 200; i++) expected = Math.fround(Math.fround(Math.sqrt(expected)) + 1);
      const result = {
        threads: isolated ? 3 : 1,
        sharedMemory: isolated,
        values: [expected],
        failure: expect.stringContaining("kernel 'grow' accesses element 8192 of 'x', which has 8192"),
        lost: expect.stringContaining("kernel 'endless' does not end: an invocation took more than 10000000"),
        swapped: [3, 2, 1, 0],
      };
      expect(inWorker).toEqual(result);
      expect(inPage).toEqual(result);
      await page.close();
      server.close();
    });
  }

  for (const fault of [
    'missing',
    'of a wrong type',
    'forbidden by the Content-Security-Policy',
    'empty',
  ] as const) {
    it(`the worker's file is ${fault}: opening fails and says what to do`, async () => {
      const server = serve(true, fault).listen(0);
      const page = await browser.newPage();
      await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
      const message = await page.evaluate(`import('/index.ts').then(({ openWasmRuntime }) =>
        openWasmRuntime({ threads: 3, startTimeout: ${fault === 'empty' ? 1 : 20} })
          .then(() => 'opened', (error) => error.message))`);
      const reason = fault === 'empty' ? 'nothing of it within 1 s' : 'its file could not be loaded: .*404';
      expect(message).toMatch(new RegExp(`^worker thread [12] did not start \\(${reason}.*threads: 1$`));
      await page.close();
      server.close();
    });
  }

  it('says what to set where the Content-Security-Policy forbids WebAssembly', async () => {
    const server = serve(true, undefined, { 'Content-Security-Policy': "script-src 'self'" }).listen(0);
    const page = await browser.newPage();
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    const message = await page.evaluate(`import('/index.ts').then(({ openWasmRuntime }) =>
      openWasmRuntime({ threads: 1 }).then(() => 'opened', (error) => error.message))`);
    expect(message).toMatch(
      /^this page may not compile WebAssembly: .*script-src 'self' 'wasm-unsafe-eval' \(/,
    );
    await page.close();
    server.close();
  });
});
