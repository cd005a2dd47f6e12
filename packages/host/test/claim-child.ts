/**
 * Takes a claim again and again, and notes when it holds it: `in PID` and `out PID`, each a line of the log.
 *
 *     node claim-child.ts CLAIM LOG TIMES [hold]
 */
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Claim } from '../src/claim.ts';

const [path, log, times, hold] = process.argv.slice(2);
for (let done = 0; done < Number(times); ) {
  const claim = Claim.take(path);
  if (claim instanceof Claim) {
    appendFileSync(log, `in ${process.pid}${claim.takenOver ? ' after a dead one' : ''}\n`);
    await pause(hold ? 60_000 : 2 * Math.random());
    appendFileSync(log, `out ${process.pid}\n`);
    claim.release();
    done++;
  }
  await pause(2 * Math.random());
}
