import { type FileKind, fileKind } from './kinds.ts';

/** A kind of file that this project reads. */
export type WantedKind = 'safetensors' | 'npz' | 'npy' | 'torch';

/** Python that writes the dictionary of numpy arrays `ARRAYS` to `sys.argv[2]`. */
const writers: Record<WantedKind, string> = {
  safetensors: 'safetensors.numpy.save_file(ARRAYS, sys.argv[2])',
  npz: 'np.savez_compressed(sys.argv[2], **ARRAYS)',
  npy: 'np.save(sys.argv[2], ARRAYS[sys.argv[3]])',
  torch: 'torch.save({k: torch.from_numpy(v) for k, v in ARRAYS.items()}, sys.argv[2])',
};
/** Modules that such Python may name. */
const modules = ['h5py', 'onnx', 'onnx.numpy_helper', 'safetensors.numpy', 'scipy.io', 'torch'];

/**
 * What a file of another kind than the wanted one looks like, and what to do: mostly one line of Python that converts
 * it.
 *
 * @returns undefined where it may be of the wanted kind, or looks like nothing known
 */
export function mistakenFor(
  wanted: WantedKind,
  start: Uint8Array,
  end?: Uint8Array,
): { readonly looks: string; readonly fix: string } | undefined {
  const kind = fileKind(start, end);
  if (kind === undefined || kind.id === wanted) return undefined;
  return { looks: `looks like ${kind.looks}`, fix: fixFor(kind, wanted) };
}

function fixFor(kind: FileKind, wanted: WantedKind): string {
  if (kind.arrays === undefined)
    return kind.advice ?? `Give ${wanted.startsWith('np') ? 'an' : 'a'} .${ending(wanted)} file.`;
  const trust = /pickle/.test(kind.looks) ? ', if you trust it' : '';
  const part =
    kind.id.startsWith('torch') && kind.id !== 'torchscript'
      ? ' (if it holds more than a state_dict, take that part first)'
      : '';
  const torch = wanted === 'safetensors' && kind.arrays.includes('torch.');
  // From PyTorch to safetensors without numpy, which has no bfloat16; clones, since weights may share memory.
  const code = torch
    ? `save_file(${kind.arrays.replace('v.numpy()', 'v.clone().contiguous()')}, sys.argv[2])`
    : writers[wanted].replace('ARRAYS', kind.arrays);
  const needed = [
    'sys',
    ...modules.filter((name) => code.includes(`${name}.`)),
    ...(/\bnp\./.test(code) ? ['numpy as np'] : []),
  ];
  const imports = `import ${needed.join(', ')}${torch ? '; from safetensors.torch import save_file' : ''}`;
  // The reader of PyTorch's files is a neighbour of that of safetensors.
  const read =
    torch && kind.id !== 'torchscript'
      ? 'Read it with readTorch, which runs nothing in it. Or convert'
      : 'Convert';
  return (
    `${read} it${trust}: python3 -c "${imports}; ${code}" FILE ` +
    `OUT.${ending(wanted)}${wanted === 'npy' ? ' NAME' : ''}${part}`
  );
}

const ending = (wanted: WantedKind) => (wanted === 'torch' ? 'pt' : wanted);
