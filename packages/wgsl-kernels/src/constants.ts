/** A whole number, or WGSL of another one; with or without a word of what it counts. */
type Constant = number | string;

/** Numbers with names in a kernel's text, by these names. */
export type Constants = Readonly<Record<string, Constant | readonly [value: Constant, about: string]>>;

/** WGSL that declares those constants that the text uses: `const C4 = 8u; // vec4s of channels`. */
export function declareConstants(constants: Constants, text: string): string {
  const used = new Set(text.match(/\b[A-Z][A-Z0-9_]*\b/g));
  return Object.entries(constants)
    .filter(([name]) => used.has(name))
    .map(([name, constant]) => {
      const [value, about] = Array.isArray(constant) ? constant : [constant];
      const wgsl = typeof value === 'number' ? `${value}u` : value;
      return `const ${name} = ${wgsl};${about ? ` // ${about}` : ''}`;
    })
    .join('\n');
}

/** WGSL for `text + count * unit` where `count` is known: without what is 0 or 1. */
export function ahead(text: string, count: number, unit: string): string {
  if (count === 0) return text;
  return count === 1 ? `${text} + ${unit}` : `${text} + ${count}u * ${unit}`;
}
