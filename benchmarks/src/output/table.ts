/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number;
  /** Digits after the point of numbers. */
  readonly digits?: number;
}

/** Rows as plain text: words to the left, numbers to the right. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
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

function format(value: string | number, digits = 0): string {
  if (typeof value === 'string') return value;
  return Number.isFinite(value) ? value.toFixed(digits) : '-';
}
