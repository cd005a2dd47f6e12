/** `npm run demo [-- PORT]`: serves the page that trains, with the images it trains on. */
import { serveSources } from '../../scripts/serve-sources.ts';
import { demoFiles } from './files.ts';

const port = Number(process.argv[2] ?? 8080);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`${process.argv[2]} is no port: give a whole number up to 65535, as in npm run demo -- 8081`);
  process.exit(2);
}
const files = demoFiles({ train: 2000, val: 300, test: 300 });
try {
  const { url } = await serveSources({ isolated: true, files, port });
  console.log(`Open ${url} in a browser; Ctrl-C ends.`);
} catch (error) {
  console.error(
    `Cannot listen on port ${port}: ${(error as Error).message}. Try npm run demo -- ${port + 1}`,
  );
  process.exit(1);
}
