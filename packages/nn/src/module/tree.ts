/** How modules are written as text. This file stands below `module.ts`: it asks a module only for what it needs. */

import { escapeHtml } from '@glassbox/tensor-core/functions';

/** What a module says of itself. */
interface Described {
  extraRepr(): string;
  namedChildren(): ReadonlyMap<string, Described>;
  parameterCount(): number;
}

type Value = number | boolean | string | readonly number[] | null | undefined;

/** Sizes, then options by name: `members(1, 16, { kernelSize: [3, 3] })` is `1, 16, kernelSize: 3x3`. */
export function members(...parts: readonly (number | Readonly<Record<string, Value>>)[]): string {
  const write = (value: Value) =>
    Array.isArray(value) ? value.join('x') : typeof value === 'string' ? `'${value}'` : String(value);
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

/** The same tree as HTML, with the number of learnt values of each part: notebooks show it. */
export function treeHtml(module: Described, name?: string): string {
  const extra = module.extraRepr();
  const count = module.parameterCount();
  const head = [
    name === undefined ? '' : `${escapeHtml(name)}: `,
    `<b>${escapeHtml(module.constructor.name)}</b>`,
    extra ? ` (${escapeHtml(extra)})` : '',
    count === 0 ? '' : ` <small>${countText(count)}</small>`,
  ].join('');
  const parts = [...module.namedChildren()].map(([own, part]) => `<li>${treeHtml(part, own)}</li>`);
  return parts.length === 0
    ? head
    : `<details open><summary>${head}</summary><ul>${parts.join('')}</ul></details>`;
}

const countText = (count: number) => `${count.toLocaleString('en')} parameter${count === 1 ? '' : 's'}`;
