/** Takes out the blanks that types leave behind, and comments that the declarations have, too. */

/** A text without its gaps, and where a place of the text with them lies in it. */
export interface Closed {
  readonly text: string;
  /** Line and column, from 0, of what stood there; undefined for what was taken out. */
  place(line: number, column: number): readonly [line: number, column: number] | undefined;
}

/**
 * @param source TypeScript
 * @param code the same text with blanks in place of its types: same lines, same columns
 */
export function closeGaps(source: string, code: string): Closed {
  const before = source.split('\n');
  const after = code.split('\n');
  if (before.length !== after.length) throw new Error('The code has other lines than its source.');
  const lines: string[] = [];
  /** For each line of `code` its new number and, for each column, the new column. */
  const places = after.map((line, index) => {
    if (!/\S/.test(line) && /\S/.test(before[index])) return undefined;
    const kept = keptColumns(before[index], line);
    lines.push(kept.map((column) => line[column]).join(''));
    return { line: lines.length - 1, columns: new Map(kept.map((column, at) => [column, at])) };
  });
  const place = (line: number, column: number) => {
    const found = places[line];
    const at = found?.columns.get(column);
    return found && at !== undefined ? ([found.line, at] as const) : undefined;
  };
  return { text: lines.join('\n'), place };
}

/** Blanks in place of documentation comments that also stand in a file's declarations, where editors show them. */
export function blankDocumented(code: string, declarations: string): string {
  const words = (text: string) => text.trim().replace(/\s+/g, ' ');
  const said = words(declarations);
  return code.replace(/^[ \t]*\/\*\*[\s\S]*?\*\/$/gm, (comment) =>
    said.includes(words(comment)) ? comment.replace(/./g, ' ') : comment,
  );
}

/** The columns of a line of code that stay: all but those of gaps, each of which leaves a blank where one is due. */
function keptColumns(source: string, code: string): number[] {
  const kept: number[] = [];
  for (let at = 0; at < code.length; ) {
    let end = at;
    while (end < code.length && code[end] === ' ') end++;
    const blanks = Array.from({ length: end - at }, (_, i) => at + i);
    if (blanks.length > 0 && blanks.some((column) => (source[column] ?? ' ') !== ' ')) {
      // A line keeps how far it is indented. Elsewhere the blanks beside the type stay as one, unless a bracket, a
      // comma or the line ends here.
      const due =
        [at, end - 1].some((column) => source[column] === ' ') && !/^[),;\]]|^$/.test(code.slice(end));
      kept.push(...blanks.slice(0, at === 0 ? source.search(/[^ ]/) : Number(due)));
    } else kept.push(...blanks);
    if (end < code.length) kept.push(end);
    at = end + 1;
  }
  return kept;
}
