import { flag, type OptionTable } from '@glassbox/options';
import { Counter, type ModuleBuffer } from './counter.ts';
import {
  describeReport,
  firstNonFinite,
  type HostTensor,
  type LoadReport,
  type ShapeMismatch,
  type StateDict,
  StateDictError,
} from './state-dict.ts';

/** What a state may lack or hold. */
export interface LoadStateDictOptions {
  /** Refuse a state that does not match name for name and shape for shape. Default true. */
  readonly strict?: boolean;
  /** Accept NaN and infinite weights. Default false: a diverged checkpoint is then an error. */
  readonly allowNonFinite?: boolean;
}

export const loadNames: OptionTable<LoadStateDictOptions> = { strict: flag, allowNonFinite: flag };

/** The work of `Module.loadStateDict`: compare first, then write, so that an error leaves the model as it was. */
export function loadState(
  own: ReadonlyMap<string, ModuleBuffer>,
  state: StateDict,
  { strict = true, allowNonFinite = false }: LoadStateDictOptions,
): LoadReport {
  const matched: string[] = [];
  const missing: string[] = [];
  const shapeMismatch: ShapeMismatch[] = [];
  for (const [name, target] of own) {
    const given = state.get(name);
    if (!given) {
      // Files from before PyTorch 0.4.1 have no such counter; PyTorch does not insist on it either.
      if (!(target instanceof Counter)) missing.push(name);
      continue;
    }
    const expected = target instanceof Counter ? [] : target.shape;
    if (isShape(given.shape, expected)) matched.push(name);
    else shapeMismatch.push({ name, expected: [...expected], found: [...given.shape] });
  }
  const unexpected = [...state.keys()].filter((name) => !own.has(name));
  const report: LoadReport = { matched, missing, unexpected, shapeMismatch };
  if (strict && missing.length + unexpected.length + shapeMismatch.length > 0) {
    throw new StateDictError(
      `loadStateDict: the state does not fit the model (${describeReport(report)}); pass { strict: false } ` +
        'to load only what fits',
      report,
    );
  }
  if (matched.length === 0) {
    throw new StateDictError(
      `loadStateDict: nothing in the state fits the model (${describeReport(report)}); ` +
        'is this the checkpoint of another net?',
      report,
    );
  }
  const chosen: StateDict = new Map(matched.map((name) => [name, state.get(name)!]));
  const bad = allowNonFinite ? undefined : firstNonFinite(chosen);
  if (bad) {
    throw new StateDictError(
      `loadStateDict: '${bad.name}' holds a value that is not finite (element ${bad.index}): ` +
        'the training that wrote it had diverged; load an earlier checkpoint or pass { allowNonFinite: true }',
      report,
    );
  }
  const writes = matched.map((name) => prepareWrite(name, own.get(name)!, state.get(name)!, report));
  for (const write of writes) write();
  return report;
}

function prepareWrite(name: string, target: ModuleBuffer, given: HostTensor, report: LoadReport): () => void {
  const isFloat = given.dtype === 'F32' || given.dtype === 'F64';
  if (target instanceof Counter) {
    const value = Number(given.data[0]);
    if (isFloat || !Number.isSafeInteger(value) || value < 0) {
      throw new StateDictError(
        `loadStateDict: '${name}' must be a whole number >= 0 (int64), but the state has ${given.dtype} ` +
          `${given.data[0]}`,
        report,
      );
    }
    return () => {
      target.value = value;
    };
  }
  if (!isFloat) {
    throw new StateDictError(
      `loadStateDict: '${name}' must be floating-point, but the state has ${given.dtype}; convert it to float32`,
      report,
    );
  }
  if (given.data.length !== target.size) {
    throw new StateDictError(
      `loadStateDict: '${name}' has shape [${given.shape}] but ${given.data.length} values`,
      report,
    );
  }
  return () => target.write(given.data as Float32Array | Float64Array);
}

/** Equal shapes; a counter may also be stored as [1]. */
function isShape(found: readonly number[], expected: readonly number[]): boolean {
  if (expected.length === 0) return found.length === 0 || (found.length === 1 && found[0] === 1);
  return found.length === expected.length && found.every((size, dim) => size === expected[dim]);
}
