import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppendFile } from './append-file.ts';
import { stepOf, summaryEvent, type Tagged, versionEvent } from './events.ts';
import { encodeRecord, soundRecords } from './tfrecord.ts';

const ownName = /^events\.out\.tfevents\.\d+\.glassbox$/;

/**
 * The event file of one training, which TensorBoard shows as a run. Steps only go up: when a step is written again,
 * after a resume, all that was written from it on is cut off first.
 */
export class EventFile {
  readonly #file: AppendFile;
  /** Where the events of each step begin, in order. */
  readonly #steps: { step: number; start: number }[];

  private constructor(file: AppendFile, steps: { step: number; start: number }[]) {
    this.#file = file;
    this.#steps = steps;
  }

  /** Goes on with the event file in a folder, or begins one there. What a kill left of a last event is cut off. */
  static async open(folder: string): Promise<EventFile> {
    const names = (await readdir(folder).catch(() => [])).filter((name) => ownName.test(name)).sort();
    const seconds = Math.floor(Date.now() / 1000);
    const path = join(folder, names.at(-1) ?? `events.out.tfevents.${seconds}.glassbox`);
    const steps: { step: number; start: number }[] = [];
    const { file } = await AppendFile.open(path, (content) => {
      let sound = 0;
      for (const { content: event, start, end } of soundRecords(content)) {
        const step = stepOf(event);
        if (step !== undefined && step !== steps.at(-1)?.step) steps.push({ step, start });
        sound = end;
      }
      return sound;
    });
    return new EventFile(file, steps);
  }

  /** Where the file lies. */
  get path(): string {
    return this.#file.path;
  }

  /** Writes values of a step. A step that is later than the last one, or the last one again for more of its values. */
  async write(step: number, tagged: readonly Tagged[]): Promise<void> {
    const now = Date.now() / 1000;
    if (this.#file.size === 0) await this.#file.append(encodeRecord(versionEvent(now)));
    const start = this.#file.size;
    await this.#file.append(encodeRecord(summaryEvent(now, step, tagged)));
    if (this.#steps.at(-1)?.step !== step) this.#steps.push({ step, start });
  }

  /** Cuts off what was written of this step and later ones. */
  dropFrom(step: number): void {
    const index = this.#steps.findIndex((known) => known.step >= step);
    if (index < 0) return;
    this.#file.cut(this.#steps[index].start);
    this.#steps.length = index;
  }
}
