/** `npm run classroom`: serves the page, or writes it for a host. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { integer, parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';
import { buildSite, serveSite } from './site.ts';

const help = `
npm run classroom [-- --port N | --build DIR]

A page that shows how a convolutional net trains: maps of every layer, filters, loss and accuracy, live. The net is
trained in the page, on WebGPU or WebAssembly, with images that the page draws. Without options this serves the page and
prints its address; Ctrl-C ends.

  --port N      where it listens (default 8080; 0 takes any that is free)
  --build DIR   writes the page as files for any static host instead; HEADERS.md among them says what the host sends
  --help
`.trim();

await runProgram(help, async () => {
  const { values, positionals } = parseCommandLine(process.argv.slice(2), {
    port: { type: 'string' },
    build: { type: 'string' },
  });
  if (positionals.length > 0)
    throw new UsageError(`${positionals[0]} is no option; did you mean --port or --build?`);
  if (values.build !== undefined && values.port !== undefined) {
    throw new UsageError('--build writes files and does not listen: leave --port out');
  }
  const port = integer('--port', values.port ?? '8080', 0, 65_535);
  if (values.build !== undefined) {
    const out = resolve(values.build);
    checkFolder(out);
    await buildSite(out);
    console.log(`${out} holds the page. HEADERS.md there says which headers its host should send.`);
    return 0;
  }
  const out = mkdtempSync(join(tmpdir(), 'glassbox-classroom-'));
  process.once('exit', () => rmSync(out, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));
  await buildSite(out);
  try {
    const { url } = await serveSite(out, { port });
    console.log(`Open ${url} in a browser; Ctrl-C ends.`);
  } catch (error) {
    const free = port < 65_535 ? port + 1 : 8080;
    const { message } = error as Error;
    throw new Error(`Cannot listen on port ${port}: ${message}. Try npm run classroom -- --port ${free}`, {
      cause: error,
    });
  }
  return 0;
});

/** Nothing of somebody's is mixed with the page or written over: the folder is new, empty, or an older page. */
function checkFolder(out: string): void {
  if (!existsSync(out)) return;
  if (!statSync(out).isDirectory()) throw new UsageError(`--build ${out}: this is a file; name a folder`);
  const names = readdirSync(out);
  if (names.length > 0 && !names.includes('service-worker.js')) {
    throw new UsageError(`--build ${out}: there are other files in this folder; name an empty or a new one`);
  }
}
