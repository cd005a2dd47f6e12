import { fileKind } from '@glassbox/file-kinds';
import { ParityInputError } from './errors.ts';

/** The nets that trajectories are recorded of. */
const parityModels = ['practical-net', 'autoencoder', 'medmnist-net'] as const;
export type ParityModel = (typeof parityModels)[number];

/** The optimiser of a trajectory, with PyTorch's defaults filled in. */
export type ParityOptimizer =
  | {
      readonly kind: 'sgd';
      readonly lr: number;
      readonly momentum: number;
      readonly nesterov: boolean;
      readonly weightDecay: number;
    }
  | {
      readonly kind: 'adam' | 'adamw';
      readonly lr: number;
      readonly betas: readonly [number, number];
      readonly eps: number;
      readonly weightDecay: number;
    };

/** What was run: the JSON file beside a recorded trajectory. */
export interface ParitySpec {
  /** The data set's file is `NAME.npz`. */
  readonly dataset: string;
  readonly batch: number;
  readonly steps: number;
  readonly model: ParityModel;
  /** Channels of the convolutions; absent where the recorded weights alone say. */
  readonly widths: readonly number[] | undefined;
  readonly loss: 'cross-entropy' | 'mse';
  readonly optimizer: ParityOptimizer;
}

/**
 * Reads the description of a trajectory.
 * @param file how errors call it.
 * @throws ParityInputError if it is not JSON or a member is missing, unknown or out of range.
 */
export function parseSpec(text: string, file: string): ParitySpec {
  const fail = (problem: string): never => {
    throw new ParityInputError(file, problem, 'Record the trajectory again, or correct the JSON beside it.');
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const kind = fileKind(new TextEncoder().encode(text.slice(0, 512)));
    const looks = kind && kind.id !== 'json' && kind.id !== 'text' ? `: it looks like ${kind.looks}` : '';
    return fail(`is not JSON (${(error as Error).message})${looks}`);
  }
  const spec = asObject(value) ?? fail('is not a JSON object');
  const { dataset, batch, steps, model, widths, loss } = spec;
  if (typeof dataset !== 'string' || !/^[\w][\w.-]{0,99}$/.test(dataset)) {
    return fail(`dataset must be the plain name of a data set, not ${show(dataset)}`);
  }
  if (!isCount(batch)) return fail(`batch must be a whole number above 0, not ${show(batch)}`);
  if (!isCount(steps)) return fail(`steps must be a whole number above 0, not ${show(steps)}`);
  if (!isOneOf(model, parityModels))
    return fail(`model must be one of ${parityModels.join(', ')}, not ${show(model)}`);
  if (!isOneOf(loss, ['cross-entropy', 'mse'] as const)) {
    return fail(`loss must be cross-entropy or mse, not ${show(loss)}`);
  }
  if (widths !== undefined && !(Array.isArray(widths) && widths.length > 0 && widths.every(isCount))) {
    return fail(`widths must be a list of whole numbers above 0, not ${show(widths)}`);
  }
  const optimizer = parseOptimizer(asObject(spec.optimizer) ?? fail('has no optimizer'), fail);
  return { dataset, batch, steps, model, widths: widths as number[] | undefined, loss, optimizer };
}

function parseOptimizer(given: Record<string, unknown>, fail: (problem: string) => never): ParityOptimizer {
  const number = (name: string, fallback?: number): number => {
    const value = given[name] ?? fallback;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
      return fail(`optimizer.${name} must be a number of 0 or more, not ${show(value)}`);
    }
    return value;
  };
  const { kind } = given;
  const known = ['kind', 'lr', 'weightDecay'];
  const own = kind === 'sgd' ? ['momentum', 'nesterov'] : ['betas', 'eps'];
  const unknown = Object.keys(given).filter((name) => !known.includes(name) && !own.includes(name));
  if (!isOneOf(kind, ['sgd', 'adam', 'adamw'] as const)) {
    return fail(`optimizer.kind must be sgd, adam or adamw, not ${show(kind)}`);
  }
  if (unknown.length > 0) fail(`optimizer has an option that is not known here: ${show(unknown[0])}`);
  if (kind === 'sgd') {
    const nesterov = given.nesterov ?? false;
    if (typeof nesterov !== 'boolean')
      return fail(`optimizer.nesterov must be true or false, not ${show(nesterov)}`);
    const momentum = number('momentum', 0);
    if (nesterov && momentum === 0) fail('optimizer.nesterov needs a momentum above 0');
    return { kind, lr: number('lr'), momentum, nesterov, weightDecay: number('weightDecay', 0) };
  }
  const betas = given.betas ?? [0.9, 0.999];
  if (!(Array.isArray(betas) && betas.length === 2 && betas.every(isShare))) {
    return fail(`optimizer.betas must be two numbers in [0, 1), not ${show(betas)}`);
  }
  return {
    kind,
    lr: number('lr'),
    betas: [betas[0], betas[1]],
    eps: number('eps', 1e-8),
    weightDecay: number('weightDecay', kind === 'adamw' ? 0.01 : 0),
  };
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < 1;
}

function isOneOf<T extends string>(value: unknown, known: readonly T[]): value is T {
  return (known as readonly unknown[]).includes(value);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}
