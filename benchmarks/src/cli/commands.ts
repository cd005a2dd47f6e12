import { hostCommand } from '../host/command.ts';
import { kernelCommand } from '../kernel/command.ts';
import { kernelsCommand } from '../kernels/command.ts';
import { ladderCommand } from '../ladder/command.ts';
import { peersCommand } from '../peers/command.ts';
import { compareCommand } from '../results/command.ts';
import { stepCommand } from '../step/command.ts';
import { streamCommand } from '../stream/command.ts';
import { tuneCommand } from '../tune/command.ts';
import { wasmCommand } from '../wasm/command.ts';
import { helpLines } from './args.ts';
import { type Command, optionsOf } from './command.ts';

/** Every benchmark, in the order in which `all` runs them. */
const single: readonly Command[] = [
  kernelsCommand,
  stepCommand,
  wasmCommand,
  hostCommand,
  ladderCommand,
  peersCommand,
];

const allCommand: Command = {
  name: 'all',
  summary: 'all of them, one after the other',
  about: 'Runs every benchmark with its own defaults.',
  options: {},
  run: async (values, output) => {
    for (const command of single) {
      output.note(`\n== ${command.name}`);
      await command.run(values, output);
    }
  },
};

export const commands: readonly Command[] = [
  ...single,
  allCommand,
  streamCommand,
  kernelCommand,
  compareCommand,
  tuneCommand,
];

/** The help of the whole program. */
export function help(): string {
  const names = commands.map(({ name }) => name);
  return `
npm run bench -- [${names.join('|')}] [options]

${commands.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`).join('\n')}

Without a name: step. Options of each: npm run bench -- NAME --help
Results are printed as a table (or JSON lines) and saved with their charts in bench-results/.
How to read them: docs/performance.md`.trim();
}

/** The help of one benchmark. */
export function commandHelp(command: Command): string {
  const { name, about, positionals = [] } = command;
  const usage = ['npm run bench --', name, ...positionals, '[options]'].join(' ');
  return `${usage}\n\n${about.trim()}\n\n${helpLines(optionsOf(command))}`;
}
