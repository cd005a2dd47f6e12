import { type Part, table } from '@glassbox/experiments/report-parts';

/** A caption, which says of a partial merge that it is one. */
export type Said = (caption: string) => string;

/** Rows of a table on the page; the CSV has all. */
const mostRows = 200;

/** A table of at most so many rows, which says where the others are. */
export function longTable(
  head: readonly Part[],
  rows: readonly (readonly Part[])[],
  caption: string,
  file: string,
): Part {
  const rest =
    rows.length > mostRows ? `. The first ${mostRows} of ${rows.length} rows: ${file} has all` : '';
  return table(head, rows.slice(0, mostRows), `${caption}${rest}`);
}
