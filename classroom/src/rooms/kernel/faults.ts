/** Faults to try: each is an edit of the text, where the text has a place for it. */

export const faultNames = [
  'sign',
  'padding',
  'stride',
  'offByOne',
  'bias',
  'relu',
  'mean',
  'mask',
  'lane',
  'average',
  'momentum',
  'semicolon',
  'endless',
] as const;
export type FaultName = (typeof faultNames)[number];

/** The first place that fits, and what stands there instead. */
type Fault = readonly [RegExp, string];

const faults: Readonly<Record<FaultName, readonly Fault[]>> = {
  sign: [
    // Not the first one: what that adds up may lie in the padding.
    [/(?<=acc1_0 )\+=(?= [^;]*\*)/, '-='],
    [/\+=(?= [^;]*\*)/, '-='],
    [/ - (?=lr|stepSize)/, ' + '],
    [/(?<=\) \* scale\d+) \+ /, ' - '],
    [/\+=(?= (?!\d+u;))/, '-='],
    [/(?<=total) \+ /, ' - '],
    [/(?<=let t = )hit/, '-hit'],
  ],
  padding: [[/(?<=const PADDING_[YX] = )1u/, '0u']],
  stride: [
    [/(?<=const STRIDE_[XY] = )2u/, '1u'],
    [/(?<=const STRIDE_[XY] = )1u/, '2u'],
  ],
  offByOne: [
    [/(?<=for \(var \w+ = )0u(?=; \w+ < [A-Z])/, '1u'],
    [/(?<=for \(var \w+ = )1u(?=; \w+ < [A-Z])/, '2u'],
    [/(?<=for \(var \w+ = )first(?=;)/, 'first + 1u'],
  ],
  bias: [
    [/bias\[b0\]/, 'vec4<f32>()'],
    [/ \+ bias(\[i % BIAS4\]|0)(?=;)/, ''],
  ],
  relu: [[/max\((acc\w+), vec4<f32>\(\)\)/, '$1']],
  mean: [[/(?<=x\[at\]) - (mean0|near0)/, '']],
  mask: [
    [/(?<=x\[at\]) <= (?=vec4<f32>\(0\.0\))/, ' > '],
    [/(?<=\w\[i\]) > (?=vec4<f32>\(0?\.?0?\))/, ' < '],
  ],
  lane: [
    [/(?<=\w)\.x(?= \* w)/, '.y'],
    [/row0\.x/, 'row0.y'],
    [/(?<= \+= v)\.x(?= \* d)/, '.y'],
  ],
  average: [
    [/(?<=const INVERSE_COUNT = )([\d.e-]+)/, '2.0 * $1'],
    [/(?<=const COUNT = )([\d.]+)(?=;)/, '2.0 * $1'],
  ],
  momentum: [
    [/momentum \* (?=state\[at\])/, ''],
    [/beta1 \* (?=m\[at\])/, ''],
  ],
  semicolon: [[/;(?=\n\s+let )/, '']],
  endless: [[/(?<=let i = .*\n)/, '  while (i < 4000000000u) { }\n']],
};

/** Faults in the constants; all others are in `main`, since other functions need not run. */
const inConstants: readonly FaultName[] = ['padding', 'stride', 'average'];

/** The text with this fault in it; undefined where it has no place for it. */
export function withFault(name: FaultName, text: string): string | undefined {
  const from = Math.max(0, text.search(inConstants.includes(name) ? /^const /m : /^@compute/m));
  for (const [place, instead] of faults[name]) {
    const body = text.slice(from).replace(place, instead);
    if (body !== text.slice(from)) return text.slice(0, from) + body;
  }
  return undefined;
}
