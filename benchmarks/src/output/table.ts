import type { Measured } from '../timing.ts';

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number;
  /** Digits after the point of numbers below 1000. */
  readonly digits?: number;
}

/** Rows as plain text: words to the left, numbers to the right. */
export function table<Row>(rows: readonly Row[], chosen: readonly Column<Row>[]): string {
  const columns = withDoubts(rows, chosen);
  const cells = rows.map((row) => columns.map(({ value, digits }) => format(value(row), digits)));
  const numeric = columns.map(({ value }) => rows.some((row) => typeof value(row) === 'number'));
  const widths = columns.map(({ title }, c) =>
    Math.max(title.length, ...cells.map((row) => row[c].length), 1),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, c) => (numeric[c] ? text.padStart(widths[c]) : text.padEnd(widths[c])))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...cells.map(line)].join('\n');
}

/** The same rows as a table in Markdown, for a page of documentation. */
export function markdownTable<Row>(rows: readonly Row[], chosen: readonly Column<Row>[]): string {
  const columns = withDoubts(rows, chosen);
  const numeric = columns.map(({ value }) => rows.some((row) => typeof value(row) === 'number'));
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(numeric.map((right) => (right ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map(({ value, digits }) => format(value(row), digits)))),
  ].join('\n');
}

/** One more column if a row is noisy, or was too short for the clock: see `Measured`. */
function withDoubts<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): readonly Column<Row>[] {
  const doubts = (row: Row) => {
    const { noisy, coarse } = row as Partial<Measured>;
    return [...(noisy ? ['noisy'] : []), ...(coarse ? ['short for the clock'] : [])].join(', ');
  };
  return rows.some(doubts) ? [...columns, { title: 'note', value: doubts }] : columns;
}

function format(value: string | number, digits = 0): string {
  if (typeof value === 'string') return value;
  return Number.isFinite(value) ? value.toFixed(Math.abs(value) < 1000 ? digits : 0) : '-';
}
