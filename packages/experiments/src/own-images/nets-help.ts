import { netNames } from '@glassbox/classifier';

/** The names of all nets for a command's help, in lines that begin in a column. */
export function netsHelp(column: number): string {
  const lines: string[] = [];
  for (const name of netNames) {
    const longer = lines.length > 0 ? `${lines.at(-1)}, ${name}` : name;
    if (lines.length > 0 && column + longer.length < 118) lines[lines.length - 1] = longer;
    else lines.push(name);
  }
  return lines.map((line) => ' '.repeat(column) + line).join(',\n');
}
