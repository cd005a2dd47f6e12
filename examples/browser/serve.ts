/** `npm run demo [-- PORT]`: serves the page that trains, with the images it trains on. */
import { parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';
import { serveSources } from '../../scripts/serve-sources.ts';
import { demoFiles } from './files.ts';

const help = `
npm run demo [-- PORT]

Serves a page that trains a net in your browser, on WebGPU or WebAssembly, with images that this process draws. Open the
address that it prints; Ctrl-C ends.

  PORT      where it listens (default 8080; 0 takes any that is free)
  --help
`.trim();

await runProgram(help, async () => {
  const { positionals } = parseCommandLine(process.argv.slice(2), {});
  if (positionals.length > 1) throw new UsageError(`One port, not ${positionals.length}`);
  const [given = '8080'] = positionals;
  const port = Number(given);
  if (!/^\d+$/.test(given) || port > 65_535) {
    throw new UsageError(`${given} is no port: give a whole number up to 65535, as in npm run demo -- 8081`);
  }
  const files = demoFiles({ train: 2000, val: 300, test: 300 });
  try {
    const { url } = await serveSources({ isolated: true, files, port });
    console.log(`Open ${url} in a browser; Ctrl-C ends.`);
  } catch (error) {
    const free = port < 65_535 ? port + 1 : 8080;
    throw new Error(
      `Cannot listen on port ${port}: ${(error as Error).message}. Try npm run demo -- ${free}`,
      { cause: error },
    );
  }
  return 0;
});
