/** How modules are written as text. This file stands below `module.ts`: it asks a module only for what it needs. */

/** What a module says of itself. */
interface Described {
  extraRepr(): string;
  namedChildren(): ReadonlyMap<string, Described>;
}

type Value = number | boolean | string | readonly number[] | undefined;

/** Sizes, then options by name: `members(1, 16, { kernelSize: [3, 3] })` is `1, 16, kernelSize: 3x3`. */
export function members(...parts: readonly (number | Readonly<Record<string, Value>>)[]): string {
  const write = (value: Value) =>
    typeof value === 'object' ? value.join('x') : typeof value === 'string' ? `'${value}'` : String(value);
  return parts
    .flatMap((part) =>
      typeof part === 'number'
        ? [String(part)]
        : Object.entries(part).flatMap(([name, value]) =>
            value === undefined ? [] : [`${name}: ${write(value)}`],
          ),
    )
    .join(', ');
}

/** A module and all below it, a line for each part, in the form of PyTorch's `print(net)`. */
export function tree(module: Described): string {
  const kind = module.constructor.name;
  const extra = module.extraRepr();
  const parts = [...module.namedChildren()];
  if (parts.length === 0) return `${kind}(${extra})`;
  const lines = parts.map(([name, part]) => `(${name}): ${tree(part)}`);
  const inside = [...(extra ? [extra] : []), ...lines].join('\n').replaceAll('\n', '\n  ');
  return `${kind}(\n  ${inside}\n)`;
}

/** Lets Node, Bun and Deno print a class's objects by `toString`, and notebooks show the same. */
export function printsAs(prototype: object): void {
  const answers: [symbol: string, answer: (text: string) => unknown][] = [
    ['nodejs.util.inspect.custom', (text) => text],
    ['Deno.customInspect', (text) => text],
    ['Jupyter.display', (text) => ({ 'text/plain': text })],
  ];
  for (const [symbol, answer] of answers) {
    const value = function (this: object): unknown {
      return answer(String(this));
    };
    Object.defineProperty(prototype, Symbol.for(symbol), { value, configurable: true });
  }
}
