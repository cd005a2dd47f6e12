/** docs/coverage.md from the inventory and what tests saw. */
import { devices as deviceList } from '@glassbox/tensor-core';
import { checksGradients, type Item, kernelItems, opItems, readBy, withoutGradient } from './inventory.ts';
import { type SeenTable, seenKey } from './observations.ts';

/** Those on which values can be compared. */
const devices = deviceList
  .filter(({ computes }) => computes)
  .map(({ name }) => name)
  .sort();

/** Everything that has no oracle, no test, no gradient check or was not seen on a device. */
export function gaps(seen: SeenTable): string[] {
  const found: string[] = [];
  const check = (kind: 'kernel' | 'op', item: Item, what: readonly string[]) => {
    if (!item.oracle) found.push(`${kind} ${item.name} has no oracle`);
    if (item.tests.length === 0) found.push(`${kind} ${item.name} is named by no test`);
    for (const device of devices) {
      for (const value of what) {
        if (!seen.has(seenKey(kind, item.name, value, device)))
          found.push(`${kind} ${item.name}: no ${value} was compared on ${device}`);
      }
    }
  };
  for (const item of kernelItems()) {
    check('kernel', item, madeOf(item.name) ? [] : ['output']);
    if (item.gradient && !item.tests.some(checksGradients)) {
      found.push(`kernel ${item.name} computes a gradient that no test compares with central differences`);
    }
  }
  for (const item of opItems()) {
    check('op', item, item.name in readBy ? [] : item.gradient ? ['value', 'gradient'] : ['value']);
  }
  return found;
}

/** Kernels that are another function's, with other buffers: they run, and are noted, under its name. */
export function madeOf(name: string): string | undefined {
  return name === 'convTranspose2dBiasGradient' || name === 'convTranspose2dWeightGradient'
    ? name.replace('convTranspose2d', 'conv2d')
    : undefined;
}

/** The page. */
export function page(seen: SeenTable): string {
  const [ops, kernels] = [opItems(), kernelItems()];
  return `# What is checked, and how far off it is

Made by \`npm run coverage:ops\` from the code and from what its tests saw; do not edit. A test
(\`scripts/coverage-ops.test.ts\`) fails where an op or kernel has no row, no oracle or no test.

- **Oracle**: the float64 TypeScript twin that says what is right. Pure data movement has none: the elements must be the
  same.
- **Gradient**: of ops, \`backward\` is compared with central differences of the float64 oracle, element by element and
  along a random direction, with random upstream gradients. Of kernels, the gradient oracle is compared with central
  differences of the forward oracle.
- **wasm, webgpu**: the largest error seen on random shapes, layouts and values (fast-check), relative to the largest
  value of the oracle (where terms cancel, to what they add up to without their signs). Float32 carries 6e-8; 0 means
  the same bits. \`webgpu\` is the software adapter. A dash: compared as part of the kernel that reads it.

## Ops (${ops.length})

| op | oracle | tested by | cases | wasm | webgpu | gradient | wasm | webgpu |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${ops.map((item) => opRow(item, seen)).join('\n')}

## Kernels (${kernels.length})

| kernel | oracle | tested by | cases | wasm | webgpu | gradient |
| --- | --- | --- | --- | --- | --- | --- |
${kernels.map((item) => kernelRow(item, seen)).join('\n')}
`;
}

function opRow(item: Item, seen: SeenTable): string {
  const of = (what: string) => devices.map((device) => seen.get(seenKey('op', item.name, what, device)));
  const values = of('value');
  const gradients = of('gradient');
  const reader = readBy[item.name];
  const cells = [
    link(item),
    code(item.oracle),
    item.tests.map(shortTest).join(', '),
    reader ? `through ${reader}` : String(values.reduce((sum, s) => sum + (s?.count ?? 0), 0)),
    ...values.map((s) => difference(s?.worst)),
    item.gradient ? 'central differences' : `none: ${withoutGradient[item.name]}`,
    ...gradients.map((s) => difference(s?.worst)),
  ];
  return `| ${cells.join(' | ')} |`;
}

function kernelRow(item: Item, seen: SeenTable): string {
  const name = madeOf(item.name) ?? item.name;
  const outputs = devices.map((device) => seen.get(seenKey('kernel', name, 'output', device)));
  const cells = [
    link(item),
    code(item.oracle),
    item.tests.map(shortTest).join(', '),
    String(outputs.reduce((sum, s) => sum + (s?.count ?? 0), 0)),
    ...outputs.map((s) => difference(s?.worst)),
    item.gradient ? 'central differences' : '',
  ];
  return `| ${cells.join(' | ')} |`;
}

function link({ name, source }: Item): string {
  return `[${name}](../${source})`;
}

function shortTest(file: string): string {
  return `[${file
    .split('/')
    .at(-1)!
    .replace(/\.test\.ts$/, '')}](../${file})`;
}

function code(oracle: string): string {
  return / |^zeros$/.test(oracle) ? oracle : `\`${oracle}\``;
}

function difference(worst: number | null | undefined): string {
  if (worst === null || worst === undefined) return '-';
  return worst === 0 ? '0' : worst.toExponential(1);
}
