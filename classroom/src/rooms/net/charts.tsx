/** Curves of the training: of one run, or of two. */
import { comparison, curves, language, strings } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import { Chart, dots, looks } from './chart.tsx';
import { drawn, pastStep } from './sides.ts';
import { strings as own } from './strings.ts';

interface Point {
  readonly step: number;
  readonly value: number;
}

interface Line {
  readonly side: 'a' | 'b';
  readonly points: readonly Point[];
  readonly value: number | undefined;
}

/** More points than this are drawn as means of their neighbours. */
const maxPoints = 240;

/** Means over so many steps that there are few enough points. */
function thinned(values: readonly number[], first: number, every: number): Point[] {
  const points: Point[] = [];
  for (let start = 0; start < values.length; start += every) {
    const some = values.slice(start, start + every);
    const value = some.reduce((sum, each) => sum + each, 0) / some.length;
    points.push({ step: first + start + some.length, value });
  }
  return points;
}

export function Charts() {
  const t = strings.value;
  const { kind, nets } = drawn.value;
  const runs = kind === 'pin' ? [{ side: 'a' as const, curves: curves.value }] : nets;
  const end = Math.max(50, ...runs.map(({ curves: { first, losses } }) => first + losses.length));
  const every = Math.max(1, Math.ceil(end / maxPoints));
  // Values are those of the step that is looked at.
  const now = pastStep.value ?? Number.POSITIVE_INFINITY;
  const losses = runs.map(({ side, curves: { first, losses: values } }) => ({
    side,
    points: thinned(values, first, every),
    value: values[Math.min(values.length, now - first) - 1],
  }));
  const accuracies = runs.map(({ side, curves: { scores } }) => ({
    side,
    points: scores.map(({ step, accuracy }) => ({ step, value: accuracy })),
    value: scores.findLast(({ step }) => step <= now)?.accuracy,
  }));
  const recent = runs.flatMap(({ curves: { losses: values } }) => values.slice(-2000));
  return (
    <>
      <Curve
        name={t.lossChart}
        lines={losses}
        end={end}
        domain={[0, Math.max(0.8, ...recent.map((loss) => Math.min(loss, 3)))]}
        say={(value) => formatNumber(language.value, value, 4)}
        tick={(value) => formatNumber(language.value, value, 1)}
      />
      <Curve
        name={t.accuracyChart}
        lines={accuracies}
        end={end}
        domain={[0.4, 1]}
        say={(value) => `${formatNumber(language.value, 100 * value, 1)} %`}
        tick={(value) => `${Math.round(100 * value)} %`}
      />
    </>
  );
}

interface CurveProps {
  readonly name: string;
  readonly lines: readonly Line[];
  readonly end: number;
  readonly domain: readonly [number, number];
  readonly say: (value: number) => string;
  readonly tick: (value: number) => string;
}

function Curve({ name, lines, end, domain, say, tick }: CurveProps) {
  const t = useStrings(own);
  const { pin, fork } = comparison.value;
  const past = pastStep.value;
  const rules = [
    ...(pin === undefined ? [] : [{ x: pin, text: 'A' }]),
    ...(fork ? [{ x: fork.at, text: t.forkMark }] : []),
    ...(past === undefined ? [] : [{ x: past, text: pin === undefined ? '' : 'B' }]),
  ];
  return (
    <Chart
      name={name}
      says={lines.map(({ side, value }) => ({
        side: lines.length > 1 ? side : undefined,
        label: lines.length > 1 ? t.runs[side] : undefined,
        value: value === undefined ? '–' : say(value),
      }))}
      axis={strings.value.steps}
      x={{ domain: [0, end], tickFormat: (value) => formatNumber(language.peek(), value, 0) }}
      y={{ domain: [...domain], tickFormat: tick, clamp: true }}
      marks={(Plot) => [
        Plot.ruleX(rules, { x: 'x', stroke: 'currentColor', strokeDasharray: '2 2' }),
        Plot.text(rules, {
          x: 'x',
          text: 'text',
          frameAnchor: 'top',
          dx: 4,
          textAnchor: 'start',
          fill: 'currentColor',
        }),
        lines.map(({ side, points }) => [
          Plot.line(points, { x: 'step', y: 'value', ...looks[side] }),
          Plot.dot(points.slice(-1), { x: 'step', y: 'value', ...dots[side] }),
        ]),
      ]}
    />
  );
}
