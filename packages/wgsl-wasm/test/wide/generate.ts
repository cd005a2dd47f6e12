/**
 * Kernels for V8's pass that packs two vector operations into one: random formulas over neighbouring vectors, sums in
 * loops, stores that stand in pairs, beside pairs, or across them. Trees, so that a kernel that goes wrong can be made
 * smaller.
 */

export type Kind = 'f32' | 'i32' | 'u32' | 'bool';

/** A formula over vectors of four. */
export interface Formula {
  readonly kind: Kind;
  /** WGSL with `$0`, `$1`, … for the operands, and `@` for the number of the vector. */
  readonly text: string;
  readonly operands: readonly Formula[];
}

/** Neighbouring vectors computed by one formula. */
export interface Group {
  readonly result: 'f' | 'i' | 'u';
  /** Where the first vector is stored, and how far the next is. */
  readonly first: number;
  readonly step: number;
  readonly count: number;
  /**
   * `plain`: one after the other. `loop`: the same in a loop. `sums`: each formula is added up in a loop of several
   * rounds first. `guarded`: each store is under the same condition. `inPlace`: what stood there is added.
   */
  readonly form: 'plain' | 'loop' | 'sums' | 'guarded' | 'inPlace';
  readonly formula: Formula;
  /** Made of what V8 packs. */
  readonly whole: boolean;
}

export type Kernel = readonly Group[];

/** vec4s of each input and each result. */
export const VECTORS = 64;

/** A number from 0 to before `n`. */
export type Pick = (n: number) => number;

const leaves: Readonly<Record<Kind, readonly string[]>> = {
  f32: [
    'fs[@]',
    'fs[@ + 1u]',
    'gs[@]',
    'gs[@ * 2u % 32u]',
    'gs[7]',
    'vec4<f32>(gs[3].y)',
    'vec4<f32>(fs[@].x)',
    'gs[@].wzyx',
    'fs[@].yyww',
    'vec4<f32>(1.5, -2.0, 0.25, 3.0)',
    'vec4<f32>(0.5)',
    'vec4<f32>()',
  ],
  i32: [
    'is[@]',
    'is[@ + 1u]',
    'is[5]',
    'vec4<i32>(is[2].z)',
    'is[@].yxwz',
    'vec4<i32>(7)',
    'vec4<i32>(-1, 0, 65535, 3)',
  ],
  u32: ['vec4<u32>(us[@])', 'us[@ + 1u]', 'us[9]', 'vec4<u32>(5u)', 'us[@].zwxy'],
  bool: ['vec4<bool>(true, false, false, true)', '(is[@] < vec4<i32>(0))'],
};

type Operation = readonly [text: string, ...operands: Kind[]];

const operations: Readonly<Record<Kind, readonly Operation[]>> = {
  f32: [
    ['($0 + $1)', 'f32', 'f32'],
    ['($0 - $1)', 'f32', 'f32'],
    ['($0 * $1)', 'f32', 'f32'],
    ['($0 / $1)', 'f32', 'f32'],
    ['($0 * $1 + $2)', 'f32', 'f32', 'f32'],
    ['($2 - $0 * $1)', 'f32', 'f32', 'f32'],
    ['fma($0, $1, $2)', 'f32', 'f32', 'f32'],
    ['(-$0)', 'f32'],
    ['abs($0)', 'f32'],
    ['min($0, $1)', 'f32', 'f32'],
    ['max($0, $1)', 'f32', 'f32'],
    ['clamp($0, vec4<f32>(-1.0), vec4<f32>(1.0))', 'f32'],
    ['sqrt(abs($0))', 'f32'],
    ['floor($0)', 'f32'],
    ['ceil($0)', 'f32'],
    ['trunc($0)', 'f32'],
    ['round($0)', 'f32'],
    ['exp(min($0, vec4<f32>(3.0)))', 'f32'],
    ['log(abs($0) + 1.0)', 'f32'],
    ['select($0, $1, $2)', 'f32', 'f32', 'bool'],
    ['vec4<f32>($0)', 'i32'],
    ['vec4<f32>($0)', 'u32'],
    ['bitcast<vec4<f32>>(($0 & vec4<i32>(0x007fffff)) | vec4<i32>(0x3f800000))', 'i32'],
    ['($0 * $1.x)', 'f32', 'f32'],
    ['vec4<f32>(dot($0, $1))', 'f32', 'f32'],
    ['$0.wxzy', 'f32'],
  ],
  i32: [
    ['($0 + $1)', 'i32', 'i32'],
    ['($0 - $1)', 'i32', 'i32'],
    ['($0 * $1)', 'i32', 'i32'],
    ['($0 & $1)', 'i32', 'i32'],
    ['($0 | $1)', 'i32', 'i32'],
    ['($0 ^ $1)', 'i32', 'i32'],
    ['(~$0)', 'i32'],
    ['(-$0)', 'i32'],
    ['abs($0)', 'i32'],
    ['min($0, $1)', 'i32', 'i32'],
    ['max($0, $1)', 'i32', 'i32'],
    ['($0 << vec4<u32>(3u))', 'i32'],
    ['($0 >> vec4<u32>(5u))', 'i32'],
    ['select($0, $1, $2)', 'i32', 'i32', 'bool'],
    ['vec4<i32>($0)', 'f32'],
    ['bitcast<vec4<i32>>($0)', 'u32'],
  ],
  u32: [
    ['($0 + $1)', 'u32', 'u32'],
    ['($0 * $1)', 'u32', 'u32'],
    ['($0 >> vec4<u32>(7u))', 'u32'],
    ['min($0, $1)', 'u32', 'u32'],
    ['max($0, $1)', 'u32', 'u32'],
    ['select($0, $1, $2)', 'u32', 'u32', 'bool'],
    ['vec4<u32>(abs($0))', 'f32'],
    ['bitcast<vec4<u32>>($0)', 'i32'],
  ],
  bool: [
    ['($0 < $1)', 'f32', 'f32'],
    ['($0 >= $1)', 'f32', 'f32'],
    ['($0 == $1)', 'f32', 'f32'],
    ['($0 != $1)', 'i32', 'i32'],
    ['($0 > $1)', 'i32', 'i32'],
    ['($0 <= $1)', 'u32', 'u32'],
    ['($0 & $1)', 'bool', 'bool'],
    ['(!$0)', 'bool'],
  ],
};

/** Of these, the compiler offers whole kernels to V8: the others leave a rest (`lower/halves.ts`). */
const wholeLeaves: Readonly<Record<Kind, readonly string[]>> = {
  f32: ['fs[@]', 'gs[@]', 'vec4<f32>(gs[3].y)', 'vec4<f32>(0.5)', 'vec4<f32>()'],
  i32: ['is[@]', 'vec4<i32>(7)'],
  u32: ['us[@]', 'vec4<u32>(5u)'],
  bool: ['(is[@] < vec4<i32>(0))'],
};
const leavesRest = /floor|ceil|trunc|round|exp|log|dot|\$\d\.|[iu]32>\(\$0\)|vec4<u32>\(abs|clamp/;

function generateFormula(pick: Pick, kind: Kind, depth: number, whole: boolean): Formula {
  if (depth === 0 || pick(6) === 0) {
    const all = whole ? wholeLeaves[kind] : leaves[kind];
    // The plain load of a neighbour, which the pass takes, is as likely as all others.
    return { kind, text: pick(2) === 0 ? all[0] : all[pick(all.length)], operands: [] };
  }
  const all = operations[kind].filter(([text]) => !whole || !leavesRest.test(text));
  const [text, ...operands] = all[pick(all.length)];
  return {
    kind,
    text,
    operands: operands.map((operand) => generateFormula(pick, operand, depth - 1, whole)),
  };
}

export function generateKernel(pick: Pick): Kernel {
  const whole = pick(5) > 0;
  return Array.from({ length: 1 + pick(3) }, (): Group => {
    const result = (['f', 'f', 'i', 'u'] as const)[pick(4)];
    const count = whole ? 2 + 2 * pick(3) : 2 + pick(5);
    const step = whole ? 1 : [1, 1, 1, 1, 2, 3][pick(6)];
    const forms = ['plain', 'plain', 'loop', 'sums', 'guarded', 'inPlace'] as const;
    return {
      result,
      count,
      step,
      first: pick(VECTORS - 1 - (count - 1) * step),
      form: forms[pick(forms.length)],
      formula: generateFormula(pick, ({ f: 'f32', i: 'i32', u: 'u32' } as const)[result], 1 + pick(4), whole),
      whole,
    };
  });
}

const say = ({ text, operands }: Formula, vector: string): string =>
  text
    .replace(/\$(\d)/g, (_, n) => say(operands[Number(n)], vector))
    .replaceAll('@', /^\w+$/.test(vector) ? vector : `(${vector})`);

function sayGroup(group: Group, number: number): string {
  const { result, first, step, count, form, formula } = group;
  const target = (vector: string) => `${result}r[${vector}]`;
  const at = (n: number) => `${first + n * step}u`;
  const all = (text: (n: number) => string) => Array.from({ length: count }, (_, n) => text(n)).join('\n  ');
  const type = { f: 'f32', i: 'i32', u: 'u32' }[result];
  const summed = (vector: string) => (group.whole ? `${vector} + k` : `(${vector} + k) % ${VECTORS - 1}u`);
  switch (form) {
    case 'plain':
      return all((n) => `${target(at(n))} = ${say(formula, at(n))};`);
    case 'inPlace':
      return all((n) => `${target(at(n))} += ${say(formula, at(n))};`);
    case 'loop':
      return `for (var n = 0u; n < ${count}u; n++) {
    let v = ${first}u + n * ${step}u;
    ${target('v')} = ${say(formula, 'v')};
  }`;
    case 'guarded':
      return all((n) => `if (us[id.x].x > 3u) { ${target(at(n))} = ${say(formula, at(n))}; }`);
    case 'sums':
      return `${all((n) => `var sum${number}_${n} = vec4<${type}>();`)}
  for (var k = 0u; k < us[0].y; k++) {
    ${all((n) => `sum${number}_${n} += ${say(formula, summed(at(n)))};`)}
  }
  ${all((n) => `${target(at(n))} = sum${number}_${n};`)}`;
  }
}

/** The WGSL. Inputs fs, gs, is, us and results fr, ir, ur hold 64 vectors each. */
export function kernelText(kernel: Kernel): string {
  const types = { f: 'f32', i: 'i32', u: 'u32' };
  const results = (['f', 'i', 'u'] as const).map((name, i) => {
    const variable = `${name}r: array<vec4<${types[name]}>, ${VECTORS}>;`;
    return `@group(0) @binding(${4 + i}) var<storage, read_write> ${variable}`;
  });
  return `@group(0) @binding(0) var<storage, read> fs: array<vec4<f32>, ${VECTORS}>;
@group(0) @binding(1) var<storage, read> gs: array<vec4<f32>, ${VECTORS}>;
@group(0) @binding(2) var<storage, read> is: array<vec4<i32>, ${VECTORS}>;
@group(0) @binding(3) var<storage, read> us: array<vec4<u32>, ${VECTORS}>;
${results.join('\n')}
@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) id: vec3<u32>) {
  ${kernel.map(sayGroup).join('\n  ')}
}`;
}

/** Kernels that are smaller by one thing, the smallest first. */
export function* smaller(kernel: Kernel): Generator<Kernel> {
  if (kernel.length > 1)
    for (let g = 0; g < kernel.length; g++) yield kernel.filter((_, other) => other !== g);
  for (let g = 0; g < kernel.length; g++) {
    const change = (part: Partial<Group>) =>
      kernel.map((group, other) => (other === g ? { ...group, ...part } : group));
    const group = kernel[g];
    if (group.count > 2) yield change({ count: 2 });
    if (group.form !== 'plain') yield change({ form: 'plain' });
    if (group.first > 0) yield change({ first: 0 });
    for (const formula of smallerFormulas(group.formula)) yield change({ formula });
  }
}

function* smallerFormulas(formula: Formula): Generator<Formula> {
  for (const operand of formula.operands) if (operand.kind === formula.kind) yield operand;
  for (let o = 0; o < formula.operands.length; o++) {
    for (const operand of smallerFormulas(formula.operands[o])) {
      yield { ...formula, operands: formula.operands.map((kept, other) => (other === o ? operand : kept)) };
    }
  }
}
