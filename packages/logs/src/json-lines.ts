import { DataError } from '@glassbox/files';
import { AppendFile, type GrowingFile, type OpenGrowingFile } from './append-file.ts';
import type { Row, RowWriter } from './row.ts';

const encode = (text: string) => new TextEncoder().encode(text);

interface Line {
  readonly text: string;
  readonly training: unknown;
  readonly epoch: unknown;
}

/** A JSON object a line: `{"training": …, "epoch": …, …}`, as the record is. */
export class JsonLines implements RowWriter {
  readonly #file: GrowingFile;
  #lines: readonly Line[];

  private constructor(file: GrowingFile, lines: readonly Line[]) {
    this.#file = file;
    this.#lines = lines;
  }

  /** Goes on with a file that is there. A last line that a kill cut off is dropped. */
  static async open(path: string, openFile: OpenGrowingFile = AppendFile.open): Promise<JsonLines> {
    const { file, content } = await openFile(path, (bytes) => bytes.lastIndexOf(10) + 1);
    const texts = new TextDecoder().decode(content).split('\n').slice(0, -1);
    return new JsonLines(
      file,
      texts.map((text, i) => parse(text, path, i + 1)),
    );
  }

  async write({ training, epoch, values }: Row): Promise<void> {
    const text = JSON.stringify({ training, epoch, ...values });
    const kept = this.#lines.filter((line) => line.training !== training || !(Number(line.epoch) >= epoch));
    const lines = [...kept, { text, training, epoch }];
    if (kept.length === this.#lines.length) await this.#file.append(encode(`${text}\n`));
    else await this.#file.replace(encode(lines.map((line) => `${line.text}\n`).join('')));
    this.#lines = lines;
  }
}

function parse(text: string, path: string, number: number): Line {
  try {
    const { training, epoch } = JSON.parse(text) as Line;
    return { text, training, epoch };
  } catch (cause) {
    throw new DataError(path, `line ${number} is not JSON`, 'Mend the line or move the file away.', {
      cause,
    });
  }
}
