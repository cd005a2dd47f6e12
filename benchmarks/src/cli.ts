/** `npm run bench`: what kernels and nets cost on this machine's devices, and what others take for the same work. */
import { UsageError } from './cli/args.ts';
import { main } from './cli/main.ts';

try {
  await main(process.argv.slice(2).filter((arg) => arg !== '--'));
} catch (error) {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const usage = error instanceof UsageError;
  console.error(usage ? `${message}\nTry npm run bench -- --help` : `Error: ${message}`);
  if (process.env.GLASSBOX_STACK) console.error(stack);
  process.exitCode = usage ? 2 : 1;
}
