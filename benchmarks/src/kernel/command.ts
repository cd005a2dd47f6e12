import { readFileSync, statSync } from 'node:fs';
import { parseExplainOptions } from '@glassbox/experiments/explain-options';
import { brief, UsageError } from '@glassbox/host/command-line';
import type { Machine } from '@glassbox/wgsl-kernels';
import { WgslError } from '@glassbox/wgsl-wasm';
import { integer, type Options, type Values } from '../cli/args.ts';
import {
  type Command,
  chosenPrecision,
  deviceOptions,
  openChosenDevice,
  precisionOptions,
} from '../cli/command.ts';
import { deviceTitle } from '../device-title.ts';
import { measureRoofline } from '../kernels/roofline.ts';
import { machineLine } from '../machine.ts';
import type { Output } from '../output/output.ts';
import { timeAlone } from './alone.ts';
import { wrongText } from './bound-example.ts';
import { checkBoth, compareInTurns } from './compare.ts';
import { type Grid, OwnKernelError, ownKernel } from './own-kernel.ts';
import {
  aloneColumns,
  comparisonColumns,
  comparisonMarkdown,
  comparisonRows,
  speedupText,
} from './report.ts';
import { type Subject, subjectOf, subjectTitle } from './subject.ts';

/** What says which kernel, as in `npm run explain`. */
const shapeOptions: Options = {
  shape: {
    type: 'string',
    value: 'SIZE',
    help: "sizes with x between them; default: as in the practical's net",
  },
  'out-channels': { type: 'string', value: 'N', help: 'convolutions: channels of the output' },
  'kernel-size': {
    type: 'string',
    value: 'N',
    help: 'convolutions and pooling: rows and columns of the window',
  },
  stride: { type: 'string', value: 'N', help: 'convolutions and pooling' },
  padding: { type: 'string', value: 'N', help: 'convolutions and pooling' },
};

export const kernelCommand: Command = {
  name: 'kernel',
  summary: 'a kernel of your own against one of the project, checked first, taking turns',
  about: `
FILE holds WGSL that stands in place of the kernel NAME: the same bindings (names, types, order), one @compute function
main. It begins as a copy:

  npm run -s bench -- kernel --print conv2dForward > my.wgsl
  npm run bench -- kernel my.wgsl --against conv2dForward

Both run on the same random numbers, and their results are compared with the float64 twin of NAME. A kernel that is
wrong is not timed: the error names the element. Then they take turns (own, built-in, built-in, own). Where NAME is
several kernels in a row, the file stands in place of the one that computes most, or of --part.

With --device cpu and no --against, FILE may be any kernel: it runs by itself on the package @glassbox/webgpu-cpu, over
buffers with numbers in them, and nothing is checked.

  npm run bench -- kernel my.wgsl --device cpu --elements 1000000`,
  positionals: ['[FILE]'],
  options: {
    against: {
      type: 'string',
      value: 'NAME',
      help: 'the kernel of the project; `npm run explain -- --list` shows all',
    },
    print: { type: 'string', value: 'NAME', help: "print that kernel's WGSL, and measure nothing" },
    ...shapeOptions,
    part: { type: 'string', value: 'N', help: 'which of its kernels, from 1, where it is several' },
    grid: {
      type: 'string',
      value: 'XxYxZ',
      help: 'workgroups of the file; default: as many as the kernel needs',
    },
    elements: {
      type: 'string',
      value: 'N',
      help: '--device cpu: elements of arrays whose length is open (default 65536)',
    },
    entry: {
      type: 'string',
      value: 'NAME',
      help: '--device cpu: which compute shader, where there are several',
    },
    ...precisionOptions(2, '--device cpu: the kernel'),
    rounds: { type: 'string', value: 'N', help: 'rounds of four turns (default 30)' },
    markdown: { type: 'boolean', help: 'the result as Markdown on stdout' },
    ...deviceOptions,
    device: {
      ...deviceOptions.device,
      value: `${deviceOptions.device.value}|cpu`,
      help: `${deviceOptions.device.help}; cpu: any kernel by itself`,
    },
  },
  run: kernel,
};

async function kernel(values: Values, output: Output): Promise<void> {
  const { against, print } = values;
  if (values.device === 'cpu') return kernelAlone(values, output);
  for (const name of ['elements', 'entry', 'seconds', 'within']) {
    if (values[name] !== undefined) throw new UsageError(`--${name} is for --device cpu.`);
  }
  if ((against === undefined) === (print === undefined)) {
    throw new UsageError('Expected FILE and --against NAME, or --print NAME.');
  }
  const wanted = explained(String(against ?? print), values);
  if (print !== undefined && values.FILE !== undefined) throw new UsageError('--print takes no FILE.');
  const text = print === undefined ? fileText(values.FILE, '--against') : '';
  const grid = gridOf(values.grid);
  const rounds = integer(values, 'rounds', 3) ?? 30;
  const device = await openChosenDevice(values);
  try {
    const subject = chosenSubject(wanted, integer(values, 'part'), device.machine);
    if (print !== undefined) {
      console.log(subject.builtIn.wgsl.trimEnd());
      return;
    }
    const own = await inFile(values, () => ownKernel(text, subject.builtIn, grid));
    if (own.note) output.note(`Grid: ${own.note}.`);
    output.note(`${subjectTitle(subject)} on ${deviceTitle(device)}: checking both against float64`);
    const found = await checkBoth(device, subject, own.kernel);
    if (found.wrong) {
      const who = found.who === 'own' ? values.FILE : `the built-in ${subject.name}`;
      throw new Error(`${who} is wrong, and is not timed: ${wrongText(found.wrong)}.`);
    }
    output.note('Both are right. Measuring the peak and the bandwidth of this device');
    const roofline = await measureRoofline(device, { seconds: 0.1, within: 0.03 });
    output.note(`Taking turns, ${rounds} rounds`);
    const result = await compareInTurns(device, subject, own, roofline, { rounds });
    output.row(result);
    const asTable = !values.json && !values.markdown;
    const title = `${subjectTitle(subject)}, ${deviceTitle(device)}`;
    output.table(title, comparisonRows(result), comparisonColumns, asTable);
    if (asTable) output.remark(speedupText(result));
    if (values.markdown) console.log(comparisonMarkdown(result, [machineLine(output.machine)]));
    output.save('kernel', [result], []);
  } finally {
    await device.destroy();
  }
}

/** Any kernel by itself. */
async function kernelAlone(values: Values, output: Output): Promise<void> {
  const others = ['against', 'print', 'part', 'rounds', 'markdown', 'adapter', 'unchecked'];
  for (const name of [...others, ...Object.keys(shapeOptions)]) {
    if (values[name] === undefined) continue;
    throw new UsageError(
      `--device cpu measures FILE by itself and takes no --${name}; for that, --device wasm.`,
    );
  }
  const text = fileText(values.FILE, '--device cpu');
  const options = {
    elements: integer(values, 'elements') ?? 65_536,
    grid: gridOf(values.grid),
    entryPoint: values.entry === undefined ? undefined : String(values.entry),
    threads: integer(values, 'threads'),
    ...chosenPrecision(values, 2),
  };
  const result = await inFile(values, () => timeAlone(text, options));
  output.row(result);
  output.table(`${values.FILE} on @glassbox/webgpu-cpu`, [result], aloneColumns);
  output.save('kernel-alone', [result], []);
}

/** The kernel, shape and choices that the options name, in the words of `npm run explain`. */
function explained(name: string, values: Values): ReturnType<typeof parseExplainOptions> {
  const flags = Object.keys(shapeOptions).flatMap((flag) =>
    values[flag] === undefined ? [] : [`--${flag}`, String(values[flag])],
  );
  return parseExplainOptions([name, ...flags]);
}

function chosenSubject(
  { kernel, shape, choices }: ReturnType<typeof parseExplainOptions>,
  part: number | undefined,
  machine: Machine,
): Subject {
  const { name, entry } = kernel!;
  const own = Object.keys(entry.choices ?? {}) as (keyof typeof choices)[];
  try {
    const chosen = Object.fromEntries(own.map((choice) => [choice, choices[choice]]));
    return subjectOf({ name, shape, choices: chosen, part }, machine);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

/** What is wrong with the text begins with the name of its file. */
async function inFile<T>({ FILE }: Values, work: () => T): Promise<Awaited<T>> {
  try {
    return await work();
  } catch (error) {
    const expected = error instanceof WgslError || error instanceof OwnKernelError;
    throw expected ? new UsageError(`${FILE}: ${(error as Error).message}`) : error;
  }
}

function gridOf(value: Values[string]): Grid | undefined {
  if (value === undefined) return undefined;
  const sizes = String(value).split('x').map(Number);
  if (sizes.length === 3 && /^\d+x\d+x\d+$/.test(String(value))) return sizes as unknown as Grid;
  throw new UsageError(`--grid ${brief(String(value))}: expected three numbers, such as 64x1x1`);
}

function fileText(path: Values[string], option: string): string {
  if (path === undefined) throw new UsageError(`Expected a FILE with WGSL before ${option}.`);
  const file = String(path);
  try {
    const { size } = statSync(file);
    if (size > 1 << 20) throw new UsageError(`${file}: ${size} bytes are more than any kernel has`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
