/** A piece of the host's state that a recorded step carries with it, such as the mode of a module. */
interface Carried {
  readonly value: unknown;
  readonly read: () => unknown;
  readonly write: (value: never) => void;
}

/** What one recorded step carries, by whom it belongs to. */
export type CarriedState = Map<object, Carried>;

let current: CarriedState | undefined;

/**
 * Call before a piece of state is read or changed that a recorded step should carry with it: while a step is
 * recorded, its value is remembered; when the step's function is called again for a check, the value is what it was
 * then, whatever it is outside.
 * @param owner whose state it is: one piece for each.
 */
export function carryState<T>(owner: object, read: () => T, write: (value: T) => void): void {
  if (current && !current.has(owner)) current.set(owner, { value: read(), read, write });
}

/** Runs a step's function with the state that it carries; what it touches for the first time is added. */
export function withCarried<T>(carried: CarriedState, body: () => T): T {
  const outer = current;
  const before = [...carried.values()].map(({ value, read, write }) => ({ value, now: read(), write }));
  for (const { value, write } of before) write(value as never);
  current = carried;
  try {
    return body();
  } finally {
    current = outer;
    for (const { now, write } of before) write(now as never);
  }
}
