/** WGSL for `text * factor` and `text + value` in u32, without the neutral ones; `name` is the factor's constant. */
export function times(text: string, factor: number, name = `${factor}u`): string {
  return factor === 1 ? text : `${text} * ${name}`;
}

export function plus(text: string, value: number): string {
  if (value === 0) return text;
  return value > 0 ? `${text} + ${value}u` : `${text} - ${-value}u`;
}
