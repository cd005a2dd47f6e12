/** jax-js: the functions of its namespaces on WebGPU, against its own backend for the processor. */
import { importPeer, peerVersion } from '../../../../benchmarks/src/peers/install.ts';
import type { Case, Library, Values } from './cases.ts';
import { excluded, excludedFrom, type Make, uses } from './jax-cases.ts';

// biome-ignore lint/suspicious/noExplicitAny: installed on demand, without types in this project
type Any = any;

/** Loads it, with its backends. */
export async function openJax(): Promise<Library> {
  const jax = (await importPeer('@jax-js/jax')) as Any;
  const found = (await jax.init()) as string[];
  if (!found.includes('webgpu')) throw new Error('jax-js could not open its WebGPU backend');
  const { numpy, lax, nn, random, scipySpecial } = jax;
  const spaces: Record<string, Any> = {
    numpy,
    'numpy.linalg': numpy.linalg,
    'numpy.fft': numpy.fft,
    lax,
    'lax.linalg': lax.linalg,
    nn,
    random,
    scipySpecial,
  };
  const operations = Object.entries(spaces).flatMap(([space, members]) =>
    Object.keys(members)
      .filter((name) => typeof members[name] === 'function' && !/^[A-Z]/.test(name))
      .map((name) => `${space}.${name}`),
  );
  return {
    title: `jax-js ${peerVersion('@jax-js/jax')}`,
    operations,
    excluded: Object.fromEntries([
      ...operations.filter((name) => excludedFrom(name)).map((name) => [name, excludedFrom(name)!]),
      ...Object.entries(excluded),
    ]),
    cases: [...uses].flatMap(([operation, list]) =>
      list.map(
        ([title, make], i): Case =>
          caseOf(jax, operation, title || (list.length > 1 ? `${i + 1}` : ''), make),
      ),
    ),
  };
}

function caseOf(jax: Any, operation: string, title: string, make: Make): Case {
  return {
    operation,
    title,
    async run(where) {
      jax.defaultDevice(where === 'ours' ? 'webgpu' : 'cpu');
      const results = arraysOf(jax, make(jax));
      const values: Values[] = [];
      for (const result of results) {
        const exact = !/float/.test(String(result.dtype));
        values.push({ exact, data: Float64Array.from(await result.data()) });
      }
      return values;
    },
  };
}

/** All arrays in a result. */
function arraysOf(jax: Any, result: Any): Any[] {
  if (result instanceof jax.Array) return [result];
  if (Array.isArray(result)) return result.flatMap((part) => arraysOf(jax, part));
  if (result && typeof result === 'object')
    return Object.values(result).flatMap((part) => arraysOf(jax, part));
  return [];
}
