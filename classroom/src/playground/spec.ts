/** What the playground trains: all that its result depends on, and the addresses that carry it. */

/** One convolution with filters of 3x3, its ReLU, and its batch norm if the net has that. */
export interface Block {
  readonly channels: number;
  readonly stride: number;
  readonly padding: number;
}

export const optimizers = ['sgd', 'adam', 'adamw'] as const;

export interface Spec {
  readonly blocks: readonly Block[];
  readonly batchNorm: boolean;
  /** Share of the features that dropout sets to 0 before the last layer. */
  readonly dropout: number;
  readonly optimizer: (typeof optimizers)[number];
  readonly lr: number;
  /** Of SGD; Adam has none. */
  readonly momentum: number;
  /** Weight decay. */
  readonly decay: number;
  readonly batch: number;
  /** Of the first weights, the order of images, and dropout. */
  readonly seed: number;
  /** Training images, each with its label. */
  readonly labels: number;
  /** Share of the training labels that are wrong. */
  readonly noise: number;
}

/** Settings that a second run may have of its own; batch and images are those of the first. */
export const forkable = [
  'batchNorm',
  'dropout',
  'optimizer',
  'lr',
  'momentum',
  'decay',
  'seed',
  'noise',
] as const;
export type Changes = Partial<Pick<Spec, (typeof forkable)[number]>>;

/** A second run, B, that begins with all that the first, A, has after so many steps. */
export interface Fork {
  readonly at: number;
  /** What B's spec has other than A's. */
  readonly changes: Changes;
  /** What B does not learn: numbers of convolutions, with their batch norms, from 1; the last layer is one more. */
  readonly frozen: readonly number[];
}

/** A spec, how far its training has come, and what is looked at. */
export interface PlaygroundState {
  readonly spec: Spec;
  readonly steps: number;
  /** The test image that is looked at. */
  readonly image: number;
  /** The step that is looked at, if it is not the last. */
  readonly at?: number;
  /** A step that others are compared with. */
  readonly pin?: number;
  readonly fork?: Fork;
}

export const imageSize = 28;
/** Test images: what accuracy is measured on and what one can look at at once. */
export const testImages = 200;
export const maxBlocks = 4;

/** Numbers that a spec may have: from, to, whole or not. */
export const bounds = {
  channels: { low: 1, high: 32, whole: true },
  stride: { low: 1, high: 3, whole: true },
  padding: { low: 0, high: 2, whole: true },
  dropout: { low: 0, high: 0.9, whole: false },
  lr: { low: 0, high: 10, whole: false },
  momentum: { low: 0, high: 0.999, whole: false },
  decay: { low: 0, high: 1, whole: false },
  batch: { low: 1, high: 256, whole: true },
  seed: { low: 0, high: 2 ** 32 - 1, whole: true },
  labels: { low: 10, high: 2000, whole: true },
  noise: { low: 0, high: 0.5, whole: false },
  steps: { low: 0, high: 100_000, whole: true },
  at: { low: 0, high: 100_000, whole: true },
  pin: { low: 0, high: 100_000, whole: true },
  fork: { low: 0, high: 100_000, whole: true },
  image: { low: 0, high: testImages - 1, whole: true },
} as const;

export type BoundName = keyof typeof bounds;

export const defaultState: PlaygroundState = {
  spec: {
    blocks: [
      { channels: 8, stride: 1, padding: 1 },
      { channels: 8, stride: 2, padding: 1 },
      { channels: 16, stride: 2, padding: 1 },
    ],
    batchNorm: true,
    dropout: 0,
    optimizer: 'sgd',
    lr: 0.01,
    momentum: 0.9,
    decay: 0,
    batch: 32,
    seed: 0,
    labels: 600,
    noise: 0,
  },
  steps: 0,
  image: 0,
};

/** Height and width after each block; a block that finds less than its filter gives 0. */
export function sizesOf(blocks: readonly Block[]): number[] {
  let size = imageSize;
  return blocks.map(({ stride, padding }) => {
    size = size + 2 * padding < 3 ? 0 : Math.floor((size + 2 * padding - 3) / stride) + 1;
    return size;
  });
}

/** A message with its place in the table of strings and what it is about. */
export interface Problem {
  readonly kind:
    | 'unknown'
    | 'repeated'
    | 'range'
    | 'choice'
    | 'net'
    | 'tooSmall'
    | 'batchAboveLabels'
    | 'later'
    | 'noFork'
    | 'freeze'
    | 'oneOf'
    | 'long';
  readonly name: string;
  readonly value: string;
  readonly expected: string;
}

/** Longer addresses are not read. */
export const maxAddress = 2048;

const blockForm = /^(\d{1,3})s(\d{1,3})p(\d{1,3})$/;
const freezeForm = /^[1-9](-[1-9])*$/;
const numberForm = /^\d+(\.\d+)?(e-?\d+)?$/i;

/** Settings that have another name in addresses. */
const shortNames = { batchNorm: 'bn', optimizer: 'opt' } as const;

function addressed(settings: Partial<Spec>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([name]) => name !== 'blocks')
      .map(([name, value]) => [shortNames[name as keyof typeof shortNames] ?? name, value])
      .map(([name, value]) => [name, typeof value === 'boolean' ? Number(value) : value]),
  );
}

/** The state as the part of an address after `#`: the same state gives the same text. */
export function toAddress({ spec, steps, image, at, pin, fork }: PlaygroundState): string {
  const { blocks, batchNorm, optimizer, ...numbers } = spec;
  const net = blocks.map(({ channels, stride, padding }) => `${channels}s${stride}p${padding}`).join('-');
  const fields: Record<string, string | number | undefined> = {
    net,
    ...addressed({ batchNorm, optimizer, ...numbers }),
    steps,
    image,
    at,
    pin,
    fork: fork?.at,
  };
  if (fork) {
    for (const [name, value] of Object.entries(addressed(fork.changes))) fields[`b.${name}`] = value;
    if (fork.frozen.length > 0) fields['b.freeze'] = fork.frozen.join('-');
  }
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/**
 * Reads what `toAddress` wrote, or somebody made up: what is wrong with it, and the state with what is right. What the
 * address does not name is as in `defaultState`.
 */
export function fromAddress(text: string): { readonly state: PlaygroundState; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  if (text.length > maxAddress) {
    const value = String(text.length);
    return {
      state: defaultState,
      problems: [{ kind: 'long', name: '', value, expected: String(maxAddress) }],
    };
  }
  const read: Record<string, unknown> = {};
  const readB: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(text)) {
    const say: Say = (kind, expected = '') =>
      problems.push({ kind, name: name.slice(0, 40), value: value.slice(0, 40), expected });
    if (seen.has(name)) say('repeated');
    seen.add(name);
    const own = name.startsWith('b.') ? name.slice(2) : '';
    const isForkable = own in shortOf && (forkable as readonly string[]).includes(shortOf[own]);
    if (own === 'freeze' && !freezeForm.test(value)) say('freeze', '1-2');
    else if (own === 'freeze') readB.frozen = value.split('-').map(Number);
    else if (isForkable) readSetting(readB, own, value, say);
    else readSetting(read, name, value, say);
  }
  const { steps = 0, image = 0, at, pin, fork: from, ...fields } = read as ReadState;
  const spec = { ...defaultState.spec, ...fields };
  const wrong = problemOf(spec);
  if (wrong) return { state: defaultState, problems: [...problems, wrong] };
  const state: Writable<PlaygroundState> = { spec, steps, image };
  for (const [name, value] of Object.entries({ at, pin, fork: from })) {
    if (value === undefined) continue;
    if (value > steps) {
      problems.push({ kind: 'later', name, value: String(value), expected: String(steps) });
    } else if (name === 'fork') {
      state.fork = forkOf(value, spec, readB, problems);
    } else if (name === 'pin' && from !== undefined) {
      problems.push({ kind: 'oneOf', name, value: String(value), expected: 'fork' });
    } else if (name !== 'at' || value !== steps) {
      state[name as 'at' | 'pin'] = value;
    }
  }
  if (from === undefined && Object.keys(readB).length > 0) {
    problems.push({ kind: 'noFork', name: 'b', value: '', expected: '' });
  }
  return { state, problems };
}

type Say = (kind: Problem['kind'], expected?: string) => void;
type Writable<T> = { -readonly [K in keyof T]: T[K] };
type ReadState = Partial<Spec> & { steps?: number; image?: number; at?: number; pin?: number; fork?: number };

/** The setting that a name in an address stands for. */
const shortOf: Record<string, string> = Object.assign(
  Object.create(null),
  Object.fromEntries(forkable.map((name) => [name in shortNames ? addressedName(name) : name, name])),
);

function addressedName(name: string): string {
  return shortNames[name as keyof typeof shortNames];
}

function readSetting(read: Record<string, unknown>, name: string, value: string, say: Say): void {
  if (name === 'net') {
    const blocks = readBlocks(value);
    if (blocks) read.blocks = blocks;
    else say('net', '8s1p1-16s2p1');
  } else if (name === 'bn') {
    if (value === '0' || value === '1') read.batchNorm = value === '1';
    else say('choice', '0, 1');
  } else if (name === 'opt') {
    if ((optimizers as readonly string[]).includes(value)) read.optimizer = value;
    else say('choice', optimizers.join(', '));
  } else if (Object.hasOwn(bounds, name) && !['channels', 'stride', 'padding'].includes(name)) {
    const { low, high } = bounds[name as BoundName];
    if (numberForm.test(value) && fits(name as BoundName, Number(value))) read[name] = Number(value);
    else say('range', `${low} – ${high}`);
  } else {
    say('unknown');
  }
}

/** A fork as an address says it: only what differs from the first run. */
function forkOf(at: number, spec: Spec, read: Record<string, unknown>, problems: Problem[]): Fork {
  const { frozen = [], ...settings } = read as Changes & { frozen?: readonly number[] };
  const changes = Object.fromEntries(
    Object.entries(settings).filter(([name, value]) => spec[name as keyof Changes] !== value),
  );
  const units = spec.blocks.length + 1;
  const isFine = frozen.every((unit, i) => unit <= units && unit > (frozen[i - 1] ?? 0));
  if (!isFine) {
    const expected = Array.from({ length: units }, (_, i) => i + 1).join('-');
    problems.push({ kind: 'freeze', name: 'b.freeze', value: frozen.join('-'), expected });
  }
  return { at, changes, frozen: isFine ? frozen : [] };
}

/** What keeps a spec, whose numbers are all in bounds, from being trained; undefined if nothing does. */
export function problemOf({ blocks, batch, labels }: Spec): Problem | undefined {
  const sizes = sizesOf(blocks);
  const small = sizes.indexOf(0);
  if (small >= 0) {
    return {
      kind: 'tooSmall',
      name: String(small + 1),
      value: String(sizes[small - 1] ?? imageSize),
      expected: '3',
    };
  }
  if (batch > labels) {
    return { kind: 'batchAboveLabels', name: 'batch', value: String(batch), expected: String(labels) };
  }
  return undefined;
}

/** True for a number that a spec may have under this name. */
export function fits(name: BoundName, value: number): boolean {
  const { low, high, whole } = bounds[name];
  return value >= low && value <= high && (!whole || Number.isInteger(value));
}

function readBlocks(text: string): Block[] | undefined {
  const parts = text.split('-');
  if (parts.length > maxBlocks) return undefined;
  const blocks: Block[] = [];
  for (const part of parts) {
    const [, ...numbers] = part.match(blockForm) ?? [];
    if (numbers.length !== 3) return undefined;
    const [channels, stride, padding] = numbers.map(Number);
    if (!(fits('channels', channels) && fits('stride', stride) && fits('padding', padding))) return undefined;
    blocks.push({ channels, stride, padding });
  }
  return blocks;
}
