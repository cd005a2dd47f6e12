/** Builds and serves the page. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin, type PreviewServer, preview, type Rolldown } from 'vite';
import { headers } from './src/offline/headers.ts';

const folder = import.meta.dirname;
const tensorCore = join(folder, '..', 'packages', 'tensor-core');

/**
 * Leaves out what browsers do not need of tensor-core: what its package.json tells bundlers of the packed package, here
 * for its sources.
 */
const withoutNode: Plugin = {
  name: 'without-node',
  enforce: 'pre',
  load(id) {
    return left.has(id.split('?')[0]) ? 'export default {};' : undefined;
  },
  resolveId(name) {
    return left.has(name) ? name : undefined;
  },
};

/** Names of packages of Node and sources that are left out. */
const left = new Set(
  Object.keys(
    JSON.parse(readFileSync(join(tensorCore, 'package.json'), 'utf8')).publishConfig.browser as object,
  ).map((name) =>
    name.startsWith('./') ? join(tensorCore, name.replace('./dist/', 'src/').replace(/\.js$/, '.ts')) : name,
  ),
);

/** What the practical's answers link to, as a module: texts of files of the project, and its version. */
const practicalCode: Plugin = {
  name: 'practical-code',
  resolveId: (name) => (name === 'virtual:practical-code' ? name : undefined),
  async load(id) {
    if (id !== 'virtual:practical-code') return undefined;
    const { codeText, linkedCode, projectVersion } = await import('@glassbox/experiments');
    const code = Object.fromEntries(linkedCode().map((file) => [file, codeText(file)]));
    const text = (value: unknown) => JSON.stringify(value);
    return `export const code = ${text(code)};\nexport const version = ${text(projectVersion())};`;
  },
};

const serviceWorker = 'service-worker.js';

/** Sends the policy also from hosts that send no headers, and tells the service worker which files there are. */
const offline: Plugin = {
  name: 'offline',
  enforce: 'post',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: headers['Content-Security-Policy'] },
      injectTo: 'head-prepend',
    },
  ],
  generateBundle(_, bundle) {
    const files = Object.values(bundle).filter(({ fileName }) => fileName !== serviceWorker);
    const names = ['./', ...files.map(({ fileName }) => `./${fileName}`).sort()];
    const hash = createHash('sha256');
    for (const file of files) hash.update('code' in file ? file.code : file.source);
    const script = bundle[serviceWorker] as Rolldown.OutputChunk;
    script.code = script.code
      .replaceAll('__FILES__', JSON.stringify(names))
      .replaceAll('__VERSION__', JSON.stringify(hash.digest('hex').slice(0, 16)));
  },
};

/** Writes the page as files that any static host can serve, in any folder of a site, in place of an older page. */
export async function buildSite(out: string): Promise<void> {
  await rm(join(out, 'assets'), { recursive: true, force: true });
  await build({
    root: folder,
    configFile: false,
    base: './',
    logLevel: 'error',
    plugins: [withoutNode, offline],
    worker: { format: 'es', plugins: () => [withoutNode, practicalCode] },
    build: {
      outDir: out,
      emptyOutDir: false,
      target: 'es2022',
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: { page: join(folder, 'index.html'), worker: join(folder, 'src/offline/service-worker.ts') },
        output: {
          entryFileNames: ({ facadeModuleId }) =>
            facadeModuleId?.endsWith('service-worker.ts') ? serviceWorker : 'assets/[name]-[hash].js',
        },
      },
    },
  });
  await writeFile(join(out, 'HEADERS.md'), headersNote());
}

function headersNote(): string {
  const lines = Object.entries(headers).map(([name, value]) => `    ${name}: ${value}`);
  return `# Headers

Send these with every file of this folder:

${lines.join('\n')}

Without the first two, the page's service worker adds them, and the page loads itself once more at its first visit.
Service workers need https, or http on localhost. Where there is none, the page computes on one thread.
`;
}

/** Serves a built page on this machine, with the headers. @returns its address and how to end it. */
export async function serveSite(
  out: string,
  options: { readonly port: number; readonly isolated?: boolean },
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const { port, isolated = true } = options;
  const server: PreviewServer = await preview({
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: { outDir: out },
    preview: { port, strictPort: true, host: '127.0.0.1', headers: isolated ? headers : {} },
  });
  return { url: server.resolvedUrls!.local[0], close: () => server.close() };
}
