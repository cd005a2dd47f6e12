/** Tables as CSV (RFC 4180) and as LaTeX with booktabs. */
import { csvLine } from '@glassbox/logs';

/** What a cell of a table holds; undefined is an empty one. */
export type Value = string | number | boolean | undefined;

/** A column of a table of rows `Row`. */
export interface Column<Row> {
  readonly name: string;
  readonly value: (row: Row) => Value;
}

/**
 * Comma-separated values; numbers have all their digits.
 * @param note stands in a last column `partial` of each row
 */
export function csv<Row>(columns: readonly Column<Row>[], rows: readonly Row[], note?: string): string {
  const all = note === undefined ? columns : [...columns, { name: 'partial', value: () => note }];
  const head = csvLine(all.map(({ name }) => name));
  return head + rows.map((row) => csvLine(all.map(({ value }) => String(value(row) ?? '')))).join('');
}

/** A column of a LaTeX table: its head is text, its cells are LaTeX or text. */
export interface LatexColumn<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string | Latex;
  /** Of numbers: right-aligned. */
  readonly right?: boolean;
}

/** Finished LaTeX. */
export class Latex {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

const special: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

/** Text as LaTeX. */
export const escapeLatex = (text: string): string =>
  text.replace(/[\\{}$&#%_~^]/g, (character) => special[character] ?? `\\${character}`);

/** A number in mathematics, with a true minus sign; a dash where there is none. */
export const latexNumber = (value: number | undefined, digits = 3): Latex =>
  new Latex(value === undefined ? '--' : `$${value.toFixed(digits).replace(/^-(0(?:\.0*)?)$/, '$1')}$`);

/**
 * A table for `\input`, by the packages booktabs and longtable, so that it may be longer than a page.
 * @param note is the last line of the table
 */
export function latex<Row>(
  columns: readonly LatexColumn<Row>[],
  rows: readonly Row[],
  note?: string,
): string {
  const line = (cells: readonly (string | Latex)[]) =>
    `${cells.map((cell) => (cell instanceof Latex ? cell.source : escapeLatex(cell))).join(' & ')} \\\\\n`;
  return (
    '% \\usepackage{booktabs,longtable}\n' +
    `\\begin{longtable}{${columns.map(({ right }) => (right ? 'r' : 'l')).join('')}}\n` +
    `\\toprule\n${line(columns.map(({ head }) => head))}\\midrule\n\\endhead\n` +
    rows.map((row) => line(columns.map(({ cell }) => cell(row)))).join('') +
    '\\bottomrule\n' +
    (note === undefined ? '' : `\\multicolumn{${columns.length}}{l}{${escapeLatex(note)}} \\\\\n`) +
    '\\end{longtable}\n'
  );
}
