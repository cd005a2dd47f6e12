/** The command line of `npm run sweep`. */
import { resolve } from 'node:path';
import { integer, oneOfWords, parseCommandLine, UsageError } from '@glassbox/host/command-line';
import { parseShard, type Shard, shardOf } from './shard.ts';
import { type Engine, engines } from './submit/engine.ts';

/** What `npm run sweep` was asked for. */
export interface SweepCommand {
  readonly file: string;
  readonly out: string;
  /** The part of the sweep; undefined: all of it. */
  readonly shard: Shard | undefined;
  readonly steal: boolean;
  /** Halving: the rung that is run, from 0; undefined: all of them. */
  readonly rung: number | undefined;
  readonly dryRun: boolean;
  /** The engine that is asked to run it; undefined: this process runs it. */
  readonly submit: Engine | undefined;
  /** Parts that an engine runs; undefined: one for each cell. */
  readonly shards: number | undefined;
  readonly cpus: number | undefined;
  /** Megabytes of a part. */
  readonly memory: number | undefined;
  /** Minutes of a part. */
  readonly minutes: number | undefined;
  readonly gpu: boolean;
  readonly partition: string | undefined;
  readonly image: string | undefined;
  readonly volume: string | undefined;
}

export const sweepHelp = `
npm run sweep -- FILE.json --out DIR [options]
npm run sweep -- merge DIR [options]              one table of what is there; merge --help says more

Runs every cell of a sweep (a command, its options, one seed) as a process of its own, and keeps in DIR what each gave.
Killed at any moment, on any machine that shares DIR, the same command goes on, to the same bits. No cell runs twice.

  FILE.json             the sweep, as packages/sweep/sweep.schema.json says; relative paths begin at its folder
  --out DIR             folder of the sweep, shared by all machines
  --dry-run             list the cells (with --submit: show what the engine would get), and do nothing
  --shard i/n           run every n-th cell, from the i-th on (i from 0). By default as the engine says:
                        SLURM_ARRAY_TASK_ID, _COUNT, _MIN and _STEP; JOB_COMPLETION_INDEX and JOB_COMPLETIONS;
                        PBS_ARRAY_INDEX, PBS_ARRAYID or PARALLEL_SEQ with --shards
  --shards N            parts of the sweep, where the engine does not say how many there are; with --submit how many to
                        ask for (default: one for each cell, at most 1000)
  --steal               when its own cells are done, take those of other parts that nobody has begun
  --rung K              halving: run this rung alone, from 0 (default: all, one after another)

To an engine:
  --submit ENGINE       ${engines.join(', ')}: write what it wants to DIR/submit, and submit it
  --cpus N              cores of a part (default 4)
  --memory MB           of a part; default twice what a cell that is done has held, else 4096
  --minutes N           of a part; default thrice what a cell that is done took, for each of its cells, else 1440
  --gpu                 one GPU for each part (a part runs one cell at a time)
  --partition NAME      Slurm: where the parts run
  --image NAME          Kubernetes: the image that Containerfile builds
  --volume NAME         Kubernetes: the claim of the volume that holds FILE.json, DIR and the data, mounted as /sweep

Exit status:
  0     everything that was asked for is done
  1     a cell failed, and a retry fails again: full disk, bad or missing file, too little memory, a loss that is not
        finite
  2     the command line or FILE.json is wrong; nothing was begun
  75    a retry helps (EX_TEMPFAIL): killed, interrupted, lost device, a cell that another process holds
  130   stopped by Ctrl-C; the same command goes on

Examples:
  npm run sweep -- examples/sweep.json --out sweeps/first --dry-run
  npm run sweep -- examples/sweep.json --out sweeps/first
  npm run sweep -- examples/sweep.json --out sweeps/first --submit slurm --dry-run
  npm run sweep -- merge sweeps/first
`.trim();

const flags = {
  out: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  shard: { type: 'string' },
  shards: { type: 'string' },
  steal: { type: 'boolean', default: false },
  rung: { type: 'string' },
  submit: { type: 'string' },
  cpus: { type: 'string' },
  memory: { type: 'string' },
  minutes: { type: 'string' },
  gpu: { type: 'boolean', default: false },
  partition: { type: 'string' },
  image: { type: 'string' },
  volume: { type: 'string' },
} as const;

/** What only `--submit` reads. */
const forEngines = ['cpus', 'memory', 'minutes', 'partition', 'image', 'volume'] as const;

/** @throws UsageError that names the flag */
export function parseSweepCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): SweepCommand {
  const { values, positionals } = parseCommandLine(args, flags);
  if (positionals.length !== 1) {
    throw new UsageError(
      `A sweep is described by one file, not ${positionals.length}: npm run sweep -- FILE.json`,
    );
  }
  const [file] = positionals;
  const dryRun = values['dry-run'];
  if (values.out === undefined && !dryRun)
    throw new UsageError('Where to? Give the folder of the sweep as --out DIR');
  const number = (name: 'shards' | 'cpus' | 'memory' | 'minutes' | 'rung', low: number, high: number) =>
    values[name] === undefined ? undefined : integer(`--${name}`, values[name], low, high);
  const shards = number('shards', 1, 1_000_000);
  const submit = values.submit === undefined ? undefined : oneOfWords('--submit', values.submit, engines);
  const alone = submit === undefined && [...forEngines, 'gpu' as const].find((name) => values[name]);
  if (alone) throw new UsageError(`--${alone} is for --submit`);
  if (submit && values.shard !== undefined)
    throw new UsageError('--submit asks for all parts: leave --shard out');
  return {
    file: resolve(file),
    out: resolve(values.out ?? 'sweep'),
    shard: submit ? undefined : values.shard === undefined ? shardOf(env, shards) : parseShard(values.shard),
    steal: values.steal,
    rung: number('rung', 0, 1000),
    dryRun,
    submit,
    shards,
    cpus: number('cpus', 1, 1024),
    memory: number('memory', 64, 2 ** 24),
    minutes: number('minutes', 1, 1_000_000),
    gpu: values.gpu,
    partition: word('--partition', values.partition),
    image: word('--image', values.image),
    volume: word('--volume', values.volume),
  };
}

/** What goes into a script of an engine: no spaces, quotes or commands. */
function word(flag: string, value: string | undefined): string | undefined {
  if (value === undefined || /^[A-Za-z0-9][\w./:@-]{0,200}$/.test(value)) return value;
  throw new UsageError(
    `${flag} ${JSON.stringify(value)}: expected a name of letters, digits and . / : @ _ -`,
  );
}
