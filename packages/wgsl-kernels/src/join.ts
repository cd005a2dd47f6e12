import { indent, type Kernel, type KernelBinding, type KernelText, linearKernel } from './kernel.ts';

/** A kernel to be joined, with a number for each of its bindings: the same number is the same range of a buffer. */
export interface JoinPart {
  /** The kernel, made by `linearKernel`. */
  readonly kernel: Kernel;
  /** A number for each of its bindings. */
  readonly operands: readonly number[];
}

/** A joined kernel and the operand that each of its bindings stands for. */
export interface JoinedKernel {
  /** The kernel that does the work of all. */
  readonly kernel: Kernel;
  /** The number of the operand that each of its bindings stands for. */
  readonly operands: readonly number[];
}

/**
 * Puts kernels that do not depend on each other into one, so that a GPU starts them together: on a small net the
 * number of dispatches costs more than their work. Each keeps its text as a function of its own; the first
 * invocations call the first function, the next the second, and so on. A range that several of them read is bound once.
 *
 * Every invocation does what it did alone, in the same order, so results keep their bits.
 *
 * @throws RangeError if a kernel was not made by `linearKernel`, or their workgroups differ in size.
 */
export function joinKernels(parts: readonly JoinPart[]): JoinedKernel {
  const sources = parts.map(({ kernel }) => requireSource(kernel));
  const { workgroupSize } = sources[0];
  if (sources.some((source) => source.workgroupSize !== workgroupSize)) {
    throw new RangeError(
      `joinKernels: workgroups of ${sources.map((source) => source.workgroupSize).join(', ')} invocations; ` +
        'they must be of one size',
    );
  }
  const { bindings, operands, names } = joinBindings(parts);
  let first = 0;
  const calls = sources.map((source, part) => {
    const begin = first;
    // Whole workgroups, so that all invocations of one take the same branch.
    first += Math.ceil(source.invocations / workgroupSize) * workgroupSize;
    const own = begin === 0 ? 'i' : `i - ${begin}u`;
    return { condition: `i < ${begin + source.invocations}u`, end: first, call: `part${part}(${own});` };
  });
  const body = calls.map(({ condition, end, call }, part) => {
    const branch = part === 0 ? 'if' : ' else if';
    return `${branch} (i < ${end}u) {\n  ${condition === `i < ${end}u` ? call : `if (${condition}) { ${call} }`}\n}`;
  });
  const kernel = linearKernel({
    name: parts.map((part) => part.kernel.name).join(' + '),
    about: `Kernels that do not depend on each other, started together.
${sources.map((source, part) => `\nPart ${part}: ${source.name}\n${source.about.trim()}`).join('\n')}`,
    bindings,
    invocations: first,
    workgroupSize,
    declarations: sources.map((source, part) => partText(source, part, names[part])).join('\n\n'),
    body: body.join(''),
    flop: sources.reduce((sum, { flop }) => sum + flop, 0),
    bytes: sources.reduce((sum, { bytes }) => sum + bytes, 0),
  });
  return { kernel, operands };
}

/** True if `joinKernels` takes the kernel. */
export function canJoin(kernel: Kernel): boolean {
  return kernel.source !== undefined;
}

function requireSource({ name, source }: Kernel): KernelText {
  if (!source) throw new RangeError(`joinKernels: ${name} was not made by linearKernel`);
  return source;
}

/** One binding for each range and type, and what each part's binding is called now. */
function joinBindings(parts: readonly JoinPart[]) {
  const bindings: KernelBinding[] = [];
  const operands: number[] = [];
  const names = parts.map(({ kernel, operands: own }, part) => {
    const renamed = new Map<string, string>();
    for (const [index, binding] of kernel.bindings.entries()) {
      const operand = own[index];
      let at = bindings.findIndex(
        (other, n) =>
          operands[n] === operand && other.type === binding.type && other.access === binding.access,
      );
      if (at < 0) {
        at = bindings.length;
        bindings.push({ ...binding, name: `${binding.name}_${part}` });
        operands.push(operand);
      }
      renamed.set(binding.name, bindings[at].name);
    }
    return renamed;
  });
  return { bindings, operands, names };
}

/** A kernel's declarations and its body as `fn part<number>(i: u32)`, every global name made its own. */
function partText(source: KernelText, part: number, bindings: ReadonlyMap<string, string>): string {
  const declarations = source.declarations?.trim() ?? '';
  const names = new Map(bindings);
  for (const [, name] of declarations.matchAll(/^(?:fn|const|struct|alias|override|var<\w+>)\s+(\w+)/gm)) {
    names.set(name, `${name}_${part}`);
  }
  const own = (word: string) => names.get(word) ?? word;
  const rename = (text: string) =>
    text
      .split(/(struct\s+\w+\s*\{[^}]*\})/)
      // Not what follows a point, nor what a structure calls its members.
      .map((piece, odd) =>
        piece.replace(odd % 2 ? /(?<!\w)[A-Za-z_]\w*(?!\w|\s*:)/g : /(?<![.\w])[A-Za-z_]\w*/g, own),
      )
      .join('');
  const body = `fn part${part}(i: u32) {\n${indent(rename(source.body.trim()))}\n}`;
  return declarations ? `${rename(declarations)}\n\n${body}` : body;
}
