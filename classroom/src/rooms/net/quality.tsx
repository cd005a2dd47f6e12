/** How good the probabilities are on the test images: the ROC curve and its area, and a reliability diagram. */

import { auc, calibrationError, reliability, rocCurve, sigmoid } from '@glassbox/metrics';
import { useCallback } from 'preact/hooks';
import { generated, language } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import type { Tested } from '../../worker/messages.ts';
import { Chart, type ChartProps, dots, looks } from './chart.tsx';
import { type Drawn, drawn } from './sides.ts';
import { strings } from './strings.ts';

/** Bins of the reliability diagram: 200 test images fill no more. */
const bins = 10;

const labels = generated.map(({ label }) => label!);

/** Of a net that only guesses; of one whose probabilities are right. */
const diagonal = [
  [0, 0],
  [1, 1],
] as const;
const diagonalLook = { stroke: 'currentColor', strokeDasharray: '2 3' };

const probabilities = ({ logOdds }: Tested) => Array.from(logOdds, (value) => sigmoid(value));

interface Measured {
  readonly side: 'a' | 'b';
  readonly test: Tested;
}

/** What was measured of the nets that are drawn; a net whose numbers are no longer finite cannot be ranked. */
function measured(nets: readonly Drawn[]): Measured[] {
  return nets.flatMap(({ side, curves: { test } }) =>
    test?.logOdds.every(Number.isFinite) ? [{ side, test }] : [],
  );
}

export function Quality() {
  const t = useStrings(strings);
  const { kind, nets: all } = drawn.value;
  const nets = measured(all);
  const nameOf = ({ side, test }: Measured) =>
    kind === 'pin' ? `${side.toUpperCase()} (${t.stepNumber(test.step)})` : t.runs[side];
  const says = (value: (test: Tested) => string) =>
    nets.length === 0
      ? [{ value: '–' }]
      : nets.map((net) =>
          kind ? { side: net.side, label: nameOf(net), value: value(net.test) } : { value: value(net.test) },
        );
  const digits = (value: number) => formatNumber(language.value, value, 3);
  const tick = (value: number) => formatNumber(language.peek(), value, 1);
  const axes = { domain: [0, 1], ticks: 5, tickFormat: tick, clamp: true };
  // Drawn anew only when something else was measured.
  const changes = [kind, ...[0, 1].flatMap((index) => [nets[index]?.side, nets[index]?.test])];
  const roc = useCallback<ChartProps['marks']>(
    (Plot) => [
      Plot.line(diagonal, diagonalLook),
      nets.map(({ side, test }) => {
        const { falsePositiveRate, truePositiveRate } = rocCurve(test.logOdds, labels);
        return Plot.line(falsePositiveRate, { x: falsePositiveRate, y: truePositiveRate, ...looks[side] });
      }),
    ],
    changes,
  );
  const calibration = useCallback<ChartProps['marks']>(
    (Plot) => [
      Plot.line(diagonal, diagonalLook),
      nets.map(({ side, test }) => {
        const filled = reliability(probabilities(test), labels, bins).filter(({ count }) => count > 0);
        const place = { x: 'meanProbability', y: 'positiveShare' } as const;
        return [
          Plot.line(filled, { ...place, ...looks[side] }),
          Plot.dot(filled, { ...place, ...dots[side], r: ({ count }) => Math.sqrt(count) }),
        ];
      }),
    ],
    changes,
  );
  return (
    <section class="card quality" aria-labelledby="quality-head">
      <h2 id="quality-head">{t.quality}</h2>
      <div class="quality-charts">
        <div>
          <Chart
            name={t.roc}
            says={says(({ logOdds }) => `${t.area} ${digits(auc(logOdds, labels))}`)}
            axis={t.falseAlarms}
            aspect={0.8}
            x={axes}
            y={axes}
            marks={roc}
          />
          <p class="hint">{t.rocHint}</p>
        </div>
        <div>
          <Chart
            name={t.calibration}
            says={says((test) => `${t.error} ${digits(calibrationError(probabilities(test), labels, bins))}`)}
            axis={t.probability}
            aspect={0.8}
            x={axes}
            y={axes}
            marks={calibration}
          />
          <p class="hint">{t.calibrationHint}</p>
        </div>
      </div>
    </section>
  );
}
