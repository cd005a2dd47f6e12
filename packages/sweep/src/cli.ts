/** `npm run sweep`: many runs of this project's commands, here or on the machines of an engine. */
import { runProgram } from '@glassbox/host/command-line';
import { runSweepCommand } from './command.ts';

await runProgram(undefined, () => runSweepCommand(process.argv.slice(2)));
