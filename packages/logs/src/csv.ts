import { DataError } from '@glassbox/files';
import { AppendFile, type GrowingFile, type OpenGrowingFile } from './append-file.ts';
import { numbersOf, type Row, type RowWriter } from './row.ts';

/** A table of comma-separated values (RFC 4180, lines ended by a line feed) with a column for each number. */
export class Csv implements RowWriter {
  readonly #file: GrowingFile;
  #columns: readonly string[];
  /** All rows, as cells under the columns; the last cells of a row may be missing. */
  #rows: readonly (readonly string[])[];

  private constructor(file: GrowingFile, columns: readonly string[], rows: readonly (readonly string[])[]) {
    this.#file = file;
    this.#columns = columns;
    this.#rows = rows;
  }

  /** Goes on with a file that is there. A last line that a kill cut off is dropped. */
  static async open(path: string, openFile: OpenGrowingFile = AppendFile.open): Promise<Csv> {
    const { file, content } = await openFile(path, (bytes) => parseCsv(characters(bytes)).end);
    const [columns, ...rows] = parseCsv(new TextDecoder().decode(content)).rows;
    if (columns && (columns[0] !== 'training' || columns[1] !== 'epoch')) {
      throw new DataError(path, 'is not a table of metrics (training, epoch, …)', 'Move it away.');
    }
    return new Csv(file, columns ?? [], rows);
  }

  async write({ training, epoch, values }: Row): Promise<void> {
    const numbers = numbersOf(values, '.');
    const known = this.#columns.length > 0 ? this.#columns : ['training', 'epoch'];
    const added = [...numbers.keys()].filter((name) => !known.includes(name));
    const columns = [...known, ...added];
    const cells = columns.map((column, i) => {
      if (i === 0) return training;
      return i === 1 ? String(epoch) : String(numbers.get(column) ?? '');
    });
    const kept = this.#rows.filter((row) => row[0] !== training || !(Number(row[1]) >= epoch));
    const rows = [...kept, cells];
    const grows = kept.length === this.#rows.length && columns.length === this.#columns.length;
    if (grows) await this.#file.append(encode(line(cells, columns)));
    else await this.#file.replace(encode([columns, ...rows].map((row) => line(row, columns)).join('')));
    this.#columns = columns;
    this.#rows = rows;
  }
}

/** A character a byte, so that places in the text are places in the file. What separates cells is ASCII. */
const characters = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);
const encode = (text: string) => new TextEncoder().encode(text);

const line = (cells: readonly string[], columns: readonly string[]) =>
  csvLine(columns.map((_, i) => cells[i] ?? ''));

/** A row of a table of comma-separated values (RFC 4180), with a line feed at its end. */
export function csvLine(cells: readonly string[]): string {
  const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return `${cells.map(quoted).join(',')}\n`;
}

/** The rows of a table that are ended by a line feed, and where the last one ends. */
function parseCsv(text: string): { rows: string[][]; end: number } {
  const rows: string[][] = [];
  let cells: string[] = [];
  let end = 0;
  let at = 0;
  while (at < text.length) {
    // A cell: quoted, with doubled quotes inside, or plain.
    const match = /(?:"([^"]*(?:""[^"]*)*)"|([^",\n]*))([,\n]|$)/y;
    match.lastIndex = at;
    const found = match.exec(text);
    // What ends within a quoted cell was cut off.
    if (!found || found[3] === '') break;
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2]);
    at = match.lastIndex;
    if (found[3] === ',') continue;
    rows.push(cells);
    cells = [];
    end = at;
  }
  return { rows, end };
}
