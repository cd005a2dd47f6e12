/** The part of `npm run test:packages` that runs in Chromium: bundled pages, strict policies, files from a CDN. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium as browsers } from 'playwright-core';
import { chromium, chromiumFlags } from '../../packages/tensor-core/test/browser/chromium.ts';
import { isolation } from '../serve-sources.ts';
import type { Expected } from './check-engines.ts';
import { checkComputingPages } from './check-webgpu-cpu.ts';
import { importMap, strictPolicy } from './guide.ts';
import { npmInstall } from './installed.ts';
import { bundlePage, bundlerNames, bundlerPackages, loseWorker } from './pages.ts';
import { serveFolder, titleOf } from './serve-page.ts';
import type { Say } from './verdicts.ts';

const policy = (value: string) => ({ 'Content-Security-Policy': value });
/** What jsDelivr, unpkg and esm.sh send with each file. */
const cdnHeaders = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };

/**
 * Builds and runs pages in a folder that has the packages and the programs.
 * @param said what the same programs say in Node
 */
export async function checkPages(project: string, said: Expected, say: Say): Promise<void> {
  const expected = said.trained;
  if (!chromium) {
    console.log('skip   pages: no Chromium was found; name one with CHROMIUM');
    return;
  }
  npmInstall(project, ...bundlerPackages);
  const browser = await browsers.launch({ executablePath: chromium, args: chromiumFlags });

  interface Case {
    readonly headers?: Readonly<Record<string, string>>;
    readonly texts?: Readonly<Record<string, string>>;
    readonly query?: string;
    /** Of the error's message; unless given, the page trains. */
    readonly error?: RegExp;
  }
  const page = async (
    what: string,
    folder: string,
    { headers = {}, texts, query = '', error }: Case = {},
  ) => {
    const site = await serveFolder(folder, headers, texts);
    const title = await titleOf(browser, `${site.origin}/${query}`);
    site.close();
    // Without isolation there is one thread, and the same bits.
    const right = 'Cross-Origin-Opener-Policy' in headers ? expected : expected.replace(/\d+$/, '1');
    const well = error ? title.startsWith('error') && error.test(title) : title === right;
    say(`a page ${what}`, well ? '' : title, title);
  };

  try {
    for (const name of bundlerNames) {
      let folder: string;
      try {
        folder = bundlePage(project, name);
      } catch (error) {
        say(`a page of ${name}`, (error as Error).message);
        continue;
      }
      await page(`of ${name}, isolated`, folder, { headers: isolation });
      await page(`of ${name}, not isolated`, folder);
      await page(`of ${name}, strict policy`, folder, { headers: { ...isolation, ...policy(strictPolicy) } });
      if (name === 'vite') {
        const closed = policy(strictPolicy.replace(" 'wasm-unsafe-eval'", ''));
        const error = /may not compile WebAssembly: .*script-src 'self' 'wasm-unsafe-eval'/;
        await page('whose policy forbids WebAssembly', folder, {
          headers: { ...isolation, ...closed },
          error,
        });
        const without = policy(strictPolicy.replace("worker-src 'self'", "worker-src 'none'"));
        const named = /did not start .*worker-src/;
        await page('whose policy forbids workers', folder, {
          headers: { ...isolation, ...without },
          error: named,
        });
      }
      if (name === 'esbuild') {
        await trustedTypes(folder);
        await bundleElsewhere(folder);
      }
      loseWorker(folder);
      await page(`of ${name} without its worker`, folder, {
        headers: isolation,
        error: /did not start .*404/,
      });
    }
    await packagesElsewhere();
    await checkComputingPages(chromium, project, said.computed, say);
  } finally {
    await browser.close();
  }

  async function trustedTypes(folder: string): Promise<void> {
    const headers = { ...isolation, ...policy(`${strictPolicy}; require-trusted-types-for 'script'`) };
    const error = /did not start .*TrustedScriptURL/;
    await page('under Trusted Types', folder, { headers, error });
    const index = readFileSync(join(folder, 'index.html'), 'utf8');
    const texts = {
      '/index.html': index.replace('<script', '<script src="./policy.js"></script><script'),
      '/policy.js': "trustedTypes.createPolicy('default', { createScriptURL: (url) => url });",
    };
    await page('under Trusted Types, with a policy', folder, { headers, texts });
  }

  /** The page is of one origin, its bundle of another. */
  async function bundleElsewhere(folder: string): Promise<void> {
    const cdn = await serveFolder(folder, cdnHeaders);
    const moved = await serveFolder(folder, cdnHeaders, {
      '/worker.js': 'throw new Error("another program")',
    });
    const texts = (from: string) => ({
      '/index.html': `<!doctype html><title>…</title><script type="module" src="${from}/page.js"></script>`,
    });
    const headers = isolation;
    await page('with its bundle on a CDN', 'nowhere', { headers, texts: texts(cdn.origin) });
    const query = `?worker=${cdn.origin}/worker.js`;
    await page('that names its worker', 'nowhere', { headers, texts: texts(moved.origin), query });
    const error = /did not start .*another program/;
    await page('with another worker', 'nowhere', { headers, texts: texts(moved.origin), error });
    cdn.close();
    moved.close();
  }

  /** A page without a bundler, whose import map leads to the packages' files on another origin. */
  async function packagesElsewhere(): Promise<void> {
    const modules = join(project, 'node_modules');
    const cdn = await serveFolder(modules, cdnHeaders);
    const closed = await serveFolder(modules); // without a word of who may read it
    const index = readFileSync(join(project, 'index.html'), 'utf8');
    const map = `<script type="importmap" nonce="n">${importMap(cdn.origin)}</script><script`;
    const file = `${cdn.origin}/@glassbox/wgsl-wasm/dist/runtime/worker.js`;
    const texts = {
      '/index.html': index.replace('<script', map),
      '/worker.js': `import '${file}';`,
    };
    const scripts = `default-src 'none'; script-src 'self' ${cdn.origin} 'nonce-n' 'wasm-unsafe-eval'; worker-src`;
    const under = (workers: string) => ({ ...isolation, ...policy(`${scripts} ${workers}`) });
    await page('with packages on a CDN, isolated', project, { texts, headers: isolation });
    await page('with packages on a CDN, not isolated', project, { texts });
    await page('with packages on a CDN, strict policy', project, {
      texts,
      headers: under(`blob: ${cdn.origin}`),
    });
    const error = /did not start .*of another origin .*worker-src with it and blob:/;
    await page('with packages on a CDN, no blob: workers', project, {
      texts,
      headers: under("'self'"),
      error,
    });
    const query = '?worker=/worker.js';
    const own = { texts, headers: under(`'self' ${cdn.origin}`), query };
    await page('with a worker of its own', project, own);
    const refused = `?worker=${file.replace(cdn.origin, closed.origin)}`;
    const reason = /did not start .*Access-Control-Allow-Origin/;
    await page('whose CDN lets nobody read', project, {
      texts,
      headers: isolation,
      query: refused,
      error: reason,
    });
    cdn.close();
    closed.close();
  }
}
