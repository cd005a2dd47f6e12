/**
 * Run before every test file. Property tests draw the same cases on every machine, so that a failure belongs to the
 * change that made it; GLASSBOX_SEED=random draws new ones (as `npm run soak` does), GLASSBOX_SEED=N those of N.
 *
 * A property that fails is made smaller until a test's time is nearly over, and not until the test runner ends it: a
 * time-out would show no counterexample. A property that has not failed by then fails for want of time.
 */
import fc from 'fast-check';

/** Milliseconds, less than `testTimeout` in vitest.config.ts. The soak has limits of its own. */
const limit = process.env.GLASSBOX_SOAK
  ? {}
  : { interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true };
const wanted = process.env.GLASSBOX_SEED ?? (process.env.GLASSBOX_SOAK ? 'random' : '1');
const seed = Number(wanted);
if (wanted !== 'random' && !Number.isInteger(seed))
  throw new Error(`GLASSBOX_SEED is an integer or "random", got "${wanted}"`);
fc.configureGlobal({ ...fc.readConfigureGlobal(), ...limit, ...(wanted === 'random' ? {} : { seed }) });
