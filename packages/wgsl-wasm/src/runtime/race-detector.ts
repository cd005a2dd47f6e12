/**
 * Finds data races: two invocations of a dispatch access the same memory, at least one of them writes, not both are
 * atomic, and no barrier orders them. Kernels that are compiled with `races` tell of their accesses (`lower/races.ts`).
 * Whether a race is found does not depend on luck: what is judged is the order that WGSL demands, not the one in which
 * the invocations ran.
 */
import { sizeOf, type Type } from '../check/types.ts';
import type { CompiledAccess, CompiledKernel } from '../compile.ts';
import { bindingText, invocationText } from './invocation-text.ts';
import { type Seen, Shadow } from './shadow.ts';
import type { RuntimeDispatch } from './types.ts';

/** What a kernel that is watched imports. */
export interface RaceImports extends WebAssembly.ModuleImports {
  readonly access: (access: number, address: number, group: number, local: number) => void;
  readonly barrier: (space: number) => void;
}

interface Race {
  readonly earlier: Seen;
  readonly later: Seen;
  readonly address: number;
}

const describe = (count: number): string => (count === 1 ? '1 other pair' : `${count} other pairs`);

/** Watches dispatches, one after the other, on one thread. */
export class RaceDetector {
  readonly #shadow = new Shadow();
  /** Races of this dispatch, by their two places in the text. */
  readonly #races = new Map<string, Race>();
  /** Barriers that workgroups have passed in this dispatch. */
  #workgroupBarriers = 0;
  #storageBarriers = 0;

  /** The functions that this kernel calls. */
  importsOf({ accesses }: CompiledKernel): RaceImports {
    // Halves of a word may belong to two invocations.
    const shift = accesses.some(({ bytes }) => bytes % 4 !== 0) ? 1 : 2;
    // A place in an unrolled loop is many accesses.
    const places = accesses.map(({ line, column, writes }) => `${line}:${column}:${writes}`);
    return {
      access: (access, address, group, local) => {
        const { bytes, writes, buffer } = accesses[access];
        const isWorkgroup = buffer < 0;
        const barriers = isWorkgroup ? this.#workgroupBarriers : this.#storageBarriers;
        const now = { group: group >>> 0, local, access, barriers };
        const first = address >>> shift;
        for (let unit = 0; unit < bytes >> shift; unit++) {
          const earlier = this.#shadow.touch(first + unit, now, writes, isWorkgroup);
          if (!earlier) continue;
          const pair = `${places[earlier.access]} ${places[access]}`;
          if (!this.#races.has(pair))
            this.#races.set(pair, { earlier, later: now, address: (first + unit) * 2 ** shift });
        }
      },
      barrier: (space) => {
        if (space === 1) this.#workgroupBarriers++;
        else this.#storageBarriers++;
      },
    };
  }

  /** Before a dispatch: nothing that came before races with it. */
  begin(): void {
    this.#shadow.clear();
    this.#races.clear();
    this.#workgroupBarriers = 0;
    this.#storageBarriers = 0;
  }

  /** After a dispatch: what is wrong with it, or null. `scratch` is the address of the thread's scratch memory. */
  end(dispatch: RuntimeDispatch, scratch: number): string | null {
    const [first] = this.#races.values();
    if (first) return this.#describe(first, dispatch, scratch);
    if (!this.#shadow.isFull) return null;
    return (
      `kernel '${dispatch.kernel.name}' touches more than ${this.#shadow.limit} words in one dispatch, and the ` +
      'search for races keeps no more: nothing was found in these, and the rest is not known; try it with less data'
    );
  }

  #describe({ earlier, later, address }: Race, dispatch: RuntimeDispatch, scratch: number): string {
    const { kernel, buffers } = dispatch;
    const { compiled, name } = kernel;
    const [before, after] = [earlier, later].map(({ access }) => compiled.accesses[access]);
    const { buffer } = after;
    const start =
      buffer < 0 ? scratch + after.scratchOffset : buffers[buffer].buffer.address + buffers[buffer].offset;
    const what = `'${after.name}${partAt(after.type, address - start)}'`;
    const where = buffer < 0 ? 'workgroup memory' : bindingText(compiled, buffer, buffers[buffer].buffer);
    const does = (seen: Seen, { writes, line, column, marked }: CompiledAccess) =>
      `The invocation with ${invocationText(seen, compiled.workgroupSize, dispatch.workgroups)} ` +
      `${writes ? 'writes' : 'reads'} it at ${line}:${column}:\n${marked}`;
    const more = this.#races.size - 1;
    return (
      `kernel '${name}' has a data race on ${what}, in ${where}.\n${does(earlier, before)}\n${does(later, after)}\n` +
      adviceOn(earlier.group === later.group, buffer < 0) +
      (more > 0 ? ` (And ${describe(more)} of places.)` : '')
    );
  }
}

function adviceOn(sameGroup: boolean, isWorkgroup: boolean): string {
  if (!sameGroup) {
    return (
      'No barrier orders different workgroups: let each write elements of its own, make the type atomic, ' +
      'or do the second part in another dispatch.'
    );
  }
  const barrier = isWorkgroup ? 'workgroupBarrier()' : 'storageBarrier()';
  return `No ${barrier} is between the two: put one there, or let one invocation alone access it.`;
}

/** How the text names what lies so many bytes behind the start of a variable of the type: `[3].weights.y`. */
function partAt(type: Type, offset: number): string {
  switch (type.kind) {
    case 'array': {
      const index = Math.floor(offset / type.stride);
      return `[${index}]${partAt(type.element, offset - index * type.stride)}`;
    }
    case 'vector':
      return `.${'xyzw'[Math.floor(offset / sizeOf(type.element))]}`;
    case 'struct': {
      const member = type.members.findLast((one) => one.offset <= offset);
      return member ? `.${member.name}${partAt(member.type, offset - member.offset)}` : '';
    }
    case 'buffer':
      return ` (byte ${offset})`;
    default:
      return '';
  }
}
