/**
 * A forward pass that is computed twice (`checkpoint.ts`) gets from the host the same the second time: random counters
 * and rates. Nothing that counts passes counts it again.
 */

/** What a pass got from the host, in order. */
interface Tape {
  readonly inputs: unknown[];
  /** Place of the next input of a second pass; undefined in a first one. */
  next: number | undefined;
  /** That of the pass which this one is a part of. */
  readonly outer: Tape | undefined;
}

let current: Tape | undefined;

/** Runs a forward pass for the first time, and puts its step inputs into `inputs`. */
export function notingInputs<T>(inputs: unknown[], body: () => T): T {
  return withTape({ inputs, next: undefined, outer: current }, body);
}

/** Runs it again with the inputs that it had. */
export function withSameInputs<T>(inputs: unknown[], body: () => T): T {
  const tape = { inputs, next: 0, outer: current };
  const result = withTape(tape, body);
  if (tape.next !== inputs.length) throw changed();
  return result;
}

/** True while a forward pass is computed again: running statistics and counters stay as they are. */
export function isRecomputing(): boolean {
  let tape = current;
  while (tape && tape.next === undefined) tape = tape.outer;
  return tape !== undefined;
}

/** A step input: what `make` gives, or in a second pass what it gave in the first. */
export function sameInput<T>(make: () => T): T {
  return inputOf(current, make);
}

function inputOf<T>(tape: Tape | undefined, make: () => T): T {
  if (!tape) return make();
  if (tape.next === undefined) {
    const input = inputOf(tape.outer, make);
    tape.inputs.push(input);
    return input;
  }
  if (tape.next === tape.inputs.length) throw changed();
  return tape.inputs[tape.next++] as T;
}

function withTape<T>(tape: Tape, body: () => T): T {
  const before = current;
  current = tape;
  try {
    return body();
  } finally {
    current = before;
  }
}

function changed(): Error {
  return new Error(
    'checkpoint: the forward pass asks for other random numbers when it is computed again in backward(); it must do ' +
      'the same both times: change modes and options before the next forward pass',
  );
}
