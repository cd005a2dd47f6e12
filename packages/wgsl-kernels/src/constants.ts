/** Numbers with names in a kernel's text: each is a number, or a number and what it counts. */
export type Constants = Readonly<Record<string, number | readonly [value: number, about: string]>>;

/**
 * WGSL: `body` after declarations of those constants that it uses, as `const C4 = 8u;`. They stand in the function, not
 * in the module, so that joined kernels (`join.ts`) may use the same names.
 */
export function withConstants(constants: Constants, body: string): string {
  const used = new Set(body.match(/\b[A-Z][A-Z0-9_]*\b/g));
  const lines = Object.entries(constants)
    .filter(([name]) => used.has(name))
    .map(([name, constant]) => {
      const [value, about] = typeof constant === 'number' ? [constant] : constant;
      return `const ${name} = ${value}u;${about ? ` // ${about}` : ''}`;
    });
  return [...lines, body].join('\n');
}

/** WGSL for `text + count * unit` where `count` is known: without what is 0 or 1. */
export function ahead(text: string, count: number, unit: string): string {
  if (count === 0) return text;
  return count === 1 ? `${text} + ${unit}` : `${text} + ${count}u * ${unit}`;
}
