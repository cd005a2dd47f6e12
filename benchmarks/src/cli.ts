/** `npm run bench`: what kernels and nets cost on this machine's devices, and what others take for the same work. */
import { runProgram } from '@glassbox/host/command-line';
import { main } from './cli/main.ts';

await runProgram(undefined, async () => {
  await main(process.argv.slice(2).filter((arg) => arg !== '--'));
  return 0;
});
