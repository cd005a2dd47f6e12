import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { busyLine, describeMachine, type Machine, machineLine } from '../machine.ts';
import { type Run, resultText } from '../results/file.ts';
import { type Chart, renderPng, renderSvg } from './chart.ts';
import { type Column, markdownTable, table } from './table.ts';

/** Where results go: the terminal (a table, or JSON lines) and a folder (JSON, Markdown, SVG, PNG). */
export class Output {
  readonly machine: Machine;
  readonly command: string;
  readonly json: boolean;
  readonly folder: string;
  /** What was saved. */
  readonly saved: Run[] = [];
  #greeted = false;
  /** Tables since the last `save`, as Markdown. */
  #tables: string[] = [];

  constructor({
    command,
    json,
    folder,
    machine = describeMachine(),
  }: {
    /** What was typed: result files say how to take them again. */
    readonly command: string;
    readonly json: boolean;
    readonly folder: string;
    readonly machine?: Machine;
  }) {
    this.command = command;
    this.json = json;
    this.folder = folder;
    this.machine = machine;
  }

  /** A sentence for whoever waits. It goes to stderr, so that stdout holds results only. */
  note(text: string): void {
    console.error(text);
  }

  /** One finished result, as soon as it is there. */
  row(result: object): void {
    if (this.json) console.log(JSON.stringify(result));
  }

  /** The same results as a table: saved, and printed unless JSON was asked for. */
  table<Row>(
    title: string,
    rows: readonly Row[],
    columns: readonly Column<Row>[],
    printed = !this.json,
  ): void {
    if (rows.length > 0) this.#tables.push(`### ${title}\n\n${markdownTable(rows, columns)}`);
    if (!printed || rows.length === 0) return;
    if (!this.#greeted) console.log(machineLine(this.machine));
    this.#greeted = true;
    console.log(`\n${title}\n\n${table(rows, columns)}`);
  }

  /** A remark below a table. */
  remark(text: string): void {
    if (!this.json) console.log(`\n${text}`);
  }

  /**
   * Writes `name.json`, the tables as `name.md`, and the charts, each of which says BUSY if the machine was, and says
   * where.
   */
  save(name: string, results: readonly object[], charts: readonly Chart[]): void {
    mkdirSync(this.folder, { recursive: true });
    const file = join(this.folder, `${name}.json`);
    const run: Run = { command: this.command, machine: this.machine, results };
    writeFileSync(file, resultText([run]));
    this.saved.push(run);
    const page = [
      `${machineLine(this.machine)}, ${this.machine.date.slice(0, 10)}`,
      ...this.#tables.splice(0),
    ];
    writeFileSync(join(this.folder, `${name}.md`), `${page.join('\n\n')}\n`);
    const warning = busyLine(this.machine);
    for (const chart of charts) {
      const svg = renderSvg({ ...chart, warning });
      writeFileSync(join(this.folder, `${chart.id}.svg`), svg);
      writeFileSync(join(this.folder, `${chart.id}.png`), renderPng(svg));
    }
    const pictures = charts.map(({ id }) => `${id}.svg, ${id}.png`).join(', ');
    this.note(`\nSaved in ${this.folder}: ${name}.json, ${name}.md${pictures ? `, ${pictures}` : ''}`);
  }
}
