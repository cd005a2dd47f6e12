/** Whether ops record history. A module of its own, so that a recorded step can carry it. */
let enabled = true;

/** Runs `body` with or without recording history. */
export function withGrad<T>(wanted: boolean, body: () => T): T {
  const before = enabled;
  enabled = wanted;
  try {
    return body();
  } finally {
    enabled = before;
  }
}

/** Runs `body` without recording history: nothing inside can be differentiated, and nothing is saved for it. */
export function noGrad<T>(body: () => T): T {
  if (typeof body !== 'function' || body.constructor.name === 'AsyncFunction') {
    throw new TypeError('noGrad: give a synchronous function: await noGrad(() => net.forward(x)).array()');
  }
  return withGrad(false, body);
}

/** True if ops record history now. */
export function isGradEnabled(): boolean {
  return enabled;
}
