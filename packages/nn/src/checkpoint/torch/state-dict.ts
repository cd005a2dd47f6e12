import { quoteName } from '@glassbox/files';
import { checkOptions, type OptionTable, text } from '@glassbox/options';
import type { HostTensor, StateDict } from '../../module/state-dict.ts';
import { CheckpointError } from '../errors.ts';
import { isHostTensor } from './globals.ts';
import type { TorchValue } from './plain-tree.ts';

/** Which weights are wanted, and under which names. */
export interface TorchStateDictOptions {
  /** The entry of the saved dictionary that holds the weights, where there are several: `part: 'ema'`. */
  readonly part?: string;
  /**
   * What is taken off the beginning of every name: 'module.' for what DataParallel wrote. With '' names that begin so
   * are kept.
   */
  readonly prefix?: string;
  /** How errors call the file. */
  readonly name?: string;
}

const optionNames: OptionTable<TorchStateDictOptions> = { part: text, prefix: text, name: text };

/** What DataParallel and DistributedDataParallel put before each name. */
const parallel = 'module.';

/**
 * The weights in what `readTorch` returned, ready for `loadStateDict`: the value itself if it is a state dict, or
 * the only entry of it that is one (`{ 'epoch': …, 'state_dict': … }`).
 * @throws CheckpointError if there are none, or several and no `part` says which, or names that `prefix` does not fit
 */
export function torchStateDict(value: TorchValue, options: TorchStateDictOptions = {}): StateDict {
  checkOptions('torchStateDict', options, optionNames);
  const fail = (problem: string, fix: string): never => {
    throw new CheckpointError(options.name ?? 'torchStateDict', problem, fix);
  };
  const { part, prefix } = options;
  const state = find(value, part, fail);
  const names = [...state.keys()];
  if (prefix === undefined && names.length > 0 && names.every((name) => name.startsWith(parallel))) {
    fail(
      `all names begin with '${parallel}', as DataParallel writes them (${quoteName(names[0])})`,
      `Pass { prefix: '${parallel}' } to take it off, or { prefix: '' } to keep it.`,
    );
  }
  if (!prefix) return state;
  const other = names.find((name) => !name.startsWith(prefix));
  if (other !== undefined) {
    fail(`the name ${quoteName(other)} does not begin with ${quoteName(prefix)}`, 'Check the prefix.');
  }
  return new Map([...state].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function find(
  value: TorchValue,
  part: string | undefined,
  fail: (problem: string, fix: string) => never,
): StateDict {
  if (part === undefined && isStateDict(value)) return value;
  const entries = value instanceof Map ? [...(value as ReadonlyMap<TorchValue, TorchValue>)] : [];
  const parts = new Map(entries.filter(([, inner]) => isStateDict(inner)) as [TorchValue, StateDict][]);
  const shown = [...parts.keys()].slice(0, 20).map(shownKey);
  if (part !== undefined) {
    const found = parts.get(part);
    const has = shown.length > 0 ? `; those are ${shown.join(', ')}` : '';
    return found ?? fail(`it has no state dict under ${quoteName(part)}${has}`, 'Check the option part.');
  }
  if (parts.size === 1) return parts.values().next().value!;
  if (parts.size > 1) {
    return fail(`it holds several state dicts: ${shown.join(', ')}`, 'Say which with the option part.');
  }
  const keys = entries.slice(0, 20).map(([key]) => shownKey(key));
  return fail(
    `it holds no state dict${keys.length > 0 ? `; its entries are ${keys.join(', ')}` : ''}`,
    'Save the weights in Python: torch.save(model.state_dict(), path).',
  );
}

/** Tuples may be keys, too, and may be long. */
const shownKey = (key: TorchValue) => (typeof key === 'object' ? 'a tuple' : quoteName(String(key)));

/** Names with tensors, at least one. */
function isStateDict(value: TorchValue): value is StateDict {
  if (!(value instanceof Map) || value.size === 0) return false;
  return [...(value as Map<TorchValue, TorchValue>)].every(
    (entry): entry is [string, HostTensor] => typeof entry[0] === 'string' && isHostTensor(entry[1]),
  );
}
