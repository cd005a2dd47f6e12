/** A sentence over several lines of the source, as one line. */
export function text(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return String.raw({ raw: parts }, ...values)
    .replaceAll(/\s+/g, ' ')
    .trim();
}
