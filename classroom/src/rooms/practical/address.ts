/** What the room keeps in the page's address: the choice, where it is not the usual one. */
import type { Problem } from '../../playground/spec.ts';
import type { RoomFields } from '../address.ts';
import { budgets, defaultChoice, isChoice, mostSeeds } from './choice.ts';
import type { Choice } from './messages.ts';
import { taskIds } from './tasks.ts';

/** The fields of a choice; undefined for what is as usual. */
export function fieldsOf({ tasks, budget, seeds }: Choice): Readonly<Record<string, string | undefined>> {
  const all = tasks.length === taskIds.length;
  return {
    'practical.tasks': all ? undefined : tasks.join(','),
    'practical.budget': budget === defaultChoice.budget ? undefined : budget,
    'practical.seeds': seeds === defaultChoice.seeds ? undefined : String(seeds),
  };
}

/** The choice in an address, and what of it cannot be used. */
export function readFields(fields: RoomFields): { choice: Choice; problems: Problem[] } {
  const problems: Problem[] = [];
  let choice = defaultChoice;
  const read = (key: keyof Choice, expected: string, parse: (text: string) => unknown): void => {
    const name = `practical.${key}`;
    const text = fields[name];
    if (text === undefined) return;
    const next = { ...choice, [key]: parse(text) };
    if (isChoice(next)) choice = next;
    else problems.push({ kind: 'choice', name, value: text.slice(0, 40), expected });
  };
  read('tasks', taskIds.join(', '), (text) => {
    const asked = text.split(',');
    const known = taskIds.filter((id) => asked.includes(id));
    return known.length === asked.length ? known : [];
  });
  read('budget', budgets.join(', '), (text) => text);
  read('seeds', `1 – ${mostSeeds}`, (text) => (/^\d+$/.test(text) ? Number(text) : 0));
  return { choice, problems };
}
