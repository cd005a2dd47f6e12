import type { Device } from '@glassbox/tensor-core';
import { deviceTitle } from '../device-title.ts';
import { spread } from '../statistics.ts';
import { measured, type Precision } from '../timing.ts';
import type { Ladder } from './ladders.ts';
import { runVersion } from './run.ts';
import type { LadderResult } from './table.ts';

/** A version that is further from the definition than this is wrong, however fast. */
const tolerance = 1e-5;

/**
 * Checks and times each version of a ladder.
 * @param done told of each version when it is measured
 * @throws Error if a version is wrong
 */
export async function climbLadder<Spec>(
  device: Device,
  ladder: Ladder<Spec>,
  precision: Precision,
  done: (result: LadderResult) => void = () => {},
): Promise<LadderResult[]> {
  const results: LadderResult[] = [];
  for (const version of ladder.versions) {
    const { times, flop, bytes, error } = await runVersion(device, ladder, version, ladder.timed, precision);
    if (!(error < tolerance)) {
      throw new Error(`${ladder.name} ${version.name} on ${deviceTitle(device)} is wrong: error ${error}`);
    }
    const { median: ms, quartiles } = spread(times.ms);
    const result = {
      ...measured(`${ladder.name} ${version.name}, ${device.info.kind}`, { ms: [times, 'ms'] }, precision),
      ladder: ladder.name,
      version: version.name,
      adds: version.adds,
      device: deviceTitle(device),
      ms,
      msQuartiles: quartiles,
      gflops: flop / ms / 1e6,
      intensity: flop / bytes,
      gain: (results.at(-1)?.ms ?? ms) / ms,
      gainOverNaive: (results[0]?.ms ?? ms) / ms,
      error,
    };
    results.push(result);
    done(result);
  }
  return results;
}
