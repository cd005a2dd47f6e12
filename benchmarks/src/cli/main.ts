import { UsageError } from '@glassbox/host/command-line';
import { Output } from '../output/output.ts';
import { comparedWith, printComparison } from '../results/command.ts';
import { parse } from './args.ts';
import { optionsOf } from './command.ts';
import { commandHelp, commands, help } from './commands.ts';

/**
 * Runs the benchmark that the arguments name.
 * @throws UsageError if the command line is wrong; nothing was measured then.
 */
export async function main(given: readonly string[]): Promise<void> {
  const args = given.map((arg) => (arg === '-h' ? '--help' : arg));
  const named = args[0] !== undefined && !args[0].startsWith('-');
  const name = named ? args[0] : 'step';
  if (!named && args.includes('--help')) {
    console.log(help());
    return;
  }
  const command = commands.find((one) => one.name === name);
  if (!command) {
    throw new UsageError(
      `There is no benchmark '${name}'; choose ${commands.map((one) => one.name).join(', ')}.`,
    );
  }
  const values = parse(named ? args.slice(1) : args, optionsOf(command), command.positionals);
  if (values.help) {
    console.log(commandHelp(command));
    return;
  }
  const earlier = comparedWith(values);
  const typed = args.join(' ').replace(/ --((out|compare) \S+|json)/g, '');
  const output = new Output({
    command: `npm run bench -- ${typed}`.replace(/ -- $/, ''),
    json: values.json === true,
    folder: String(values.out ?? 'bench-results'),
  });
  await command.run(values, output);
  if (earlier) printComparison(earlier, { name: 'this run', runs: output.saved }, output);
}
