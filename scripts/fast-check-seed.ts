/**
 * Run before every test file. Property tests draw the same cases on every machine, so that a failure belongs to the
 * change that made it; GLASSBOX_SEED=random draws new ones (as `npm run soak` does), GLASSBOX_SEED=N those of N.
 */
import fc from 'fast-check';

const wanted = process.env.GLASSBOX_SEED ?? (process.env.GLASSBOX_SOAK ? 'random' : '1');
if (wanted !== 'random') {
  const seed = Number(wanted);
  if (!Number.isInteger(seed)) throw new Error(`GLASSBOX_SEED is an integer or "random", got "${wanted}"`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
