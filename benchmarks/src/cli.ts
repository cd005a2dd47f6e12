/** `npm run bench`: what kernels and nets cost on this machine's devices, and what others take for the same work. */
import { parse, UsageError } from './cli/args.ts';
import { commonOptions } from './cli/command.ts';
import { commandHelp, commands, help } from './cli/commands.ts';
import { Output } from './output/output.ts';

/** @returns the program's exit status */
async function main(args: readonly string[]): Promise<number> {
  const named = args[0] !== undefined && !args[0].startsWith('-');
  const name = named ? args[0] : 'step';
  if (!named && (args.includes('--help') || args.includes('-h'))) {
    console.log(help());
    return 0;
  }
  const command = commands.find((one) => one.name === name);
  if (!command) {
    throw new UsageError(
      `There is no benchmark '${name}'; choose ${commands.map((one) => one.name).join(', ')}.`,
    );
  }
  const values = parse(named ? args.slice(1) : args, { ...command.options, ...commonOptions });
  if (values.help) {
    console.log(commandHelp(command));
    return 0;
  }
  const output = new Output({ json: values.json === true, folder: String(values.out ?? 'bench-results') });
  await command.run(values, output);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2).filter((arg) => arg !== '--'));
} catch (error) {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const usage = error instanceof UsageError;
  console.error(usage ? `${message}\nTry npm run bench -- --help` : `Error: ${message}`);
  if (process.env.GLASSBOX_STACK) console.error(stack);
  process.exitCode = usage ? 2 : 1;
}
