/**
 * Random kernels whose results are exact: integers, bool, and floats that are small whole numbers. Every operand of
 * an operator is a value that the compiler does not know, or the operator's other one is, so that no constant
 * expression overflows.
 */

const unaryFunctions = [
  'abs',
  'countOneBits',
  'reverseBits',
  'countLeadingZeros',
  'firstLeadingBit',
  'firstTrailingBit',
  '~',
];

/** A number below `n`. */
export type Pick = (n: number) => number;

type Type =
  | 'i32'
  | 'u32'
  | 'bool'
  | 'f32'
  | 'vec2<i32>'
  | 'vec3<u32>'
  | 'vec4<i32>'
  | 'vec4<f32>'
  | 'vec3<bool>';
const VARIABLE_TYPES: Type[] = [
  'i32',
  'i32',
  'u32',
  'bool',
  'f32',
  'vec2<i32>',
  'vec3<u32>',
  'vec4<i32>',
  'vec4<f32>',
];

/** Words of `src` (inputs) and of `dst` (results per invocation). */
export const INPUT_WORDS = 64;
export const RESULT_WORDS = 16;
export const WORKGROUP_SIZE = 4;

export function generateKernel(pick: Pick): string {
  let counter = 0;
  let scope: { name: string; type: Type; writable: boolean }[] = [];
  const lines: string[] = [];
  let indent = 1;
  let loops = 0;
  let budget = 45;
  let inFunction = false;

  const one = <T>(items: readonly T[]): T => items[pick(items.length)];
  const emit = (text: string) => lines.push(`${'  '.repeat(indent)}${text}`);
  const named = (type: Type, writable = false) =>
    scope.filter((v) => v.type === type && (!writable || v.writable));
  const elementOf = (type: Type) => type.slice(5, -1) as Type;
  const isVector = (type: Type) => type.startsWith('vec');
  const sizeOf = (type: Type) => Number(type[3]);

  /** A value of the type that the compiler cannot know. */
  function runtime(type: Type): string {
    const names = named(type);
    if (names.length > 0 && pick(4) > 0) return one(names).name;
    const at = `src[${inFunction ? 'seed % 64u' : `(l * 7u + ${pick(60)}u) % 64u`}]`;
    switch (type) {
      case 'i32':
        return at;
      case 'u32':
        return `bitcast<u32>(${at})`;
      case 'bool':
        return `(${at} ${one(['<', '>', '==', '!='])} ${pick(9) - 4})`;
      case 'f32':
        return `f32(${at} & 63)`;
      default:
        return `${type}(${Array.from({ length: sizeOf(type) }, () => runtime(elementOf(type))).join(', ')})`;
    }
  }

  function literal(type: Type): string {
    if (type === 'i32') return one(['0', '1', '-1', '7', '100', '-2147483647', '2147483647', '65536']);
    if (type === 'u32') return one(['0u', '1u', '3u', '31u', '255u', '4294967295u']);
    if (type === 'bool') return one(['true', 'false']);
    if (type === 'f32') return one(['0.0', '1.0', '-3.0', '16.0']);
    return `${type}(${Array.from({ length: sizeOf(type) }, () => literal(elementOf(type))).join(', ')})`;
  }

  function integer(type: Type, depth: number): string {
    const a = expression(type, depth - 1);
    const b = pick(3) === 0 ? literal(type) : expression(type, depth - 1);
    const scalar = isVector(type) ? elementOf(type) : type;
    const counts = isVector(type)
      ? `vec${sizeOf(type)}<u32>(${expression('u32', depth - 1)})`
      : expression('u32', depth - 1);
    switch (pick(13)) {
      case 0:
      case 1:
      case 2:
        return `(${runtimeFirst(type, a)} ${one(['+', '-', '*', '&', '|', '^'])} ${b})`;
      case 3:
        return `(${runtimeFirst(type, a)} ${one(['/', '%'])} ${expression(type, depth - 1, true)})`;
      case 4:
        return `(${runtimeFirst(type, a)} ${one(['<<', '>>'])} ${runtimeFirst('u32', counts, true)})`;
      case 5:
        return `${one(['min', 'max'])}(${a}, ${b})`;
      case 6:
        return `clamp(${runtimeFirst(type, a)}, min(${b}, ${runtime(type)}), ${runtime(type)})`;
      case 7:
        return `select(${a}, ${b}, ${expression('bool', depth - 1)})`;
      case 8:
        return `${one(unaryFunctions)}(${runtimeFirst(type, a)})`;
      case 9:
        return `extractBits(${runtimeFirst(type, a)}, ${runtime('u32')} % 40u, ${runtime('u32')} % 40u)`;
      case 10:
        if (isVector(type)) return `(${runtimeFirst(type, a)} ${one(['+', '*', '-'])} ${runtime(scalar)})`;
        return scalar === 'i32' ? `i32(${expression('f32', 1)})` : `u32(abs(${expression('f32', 1)}))`;
      case 11:
        if (isVector(type)) return `${runtime(type)}.${one(SWIZZLES[sizeOf(type)])}`;
        return scalar === 'i32'
          ? one([
              `dot(${runtime('vec4<i32>')}, ${runtime('vec4<i32>')})`,
              `${runtime('vec2<i32>')}[${runtime('u32')} % 2u]`,
              `bitcast<i32>(${runtime('u32')})`,
            ])
          : `${runtime('vec3<u32>')}.${one(['x', 'y', 'z'])}`;
      default:
        if (type === 'i32' && !inFunction)
          return one([`arr[${runtime('u32')} % 4u]`, 'st.a', 'fixed[2]', `mix2(${a}, ${runtime('u32')})`]);
        return a;
    }
  }

  /** The expression, made to depend on something unknown. */
  function runtimeFirst(type: Type, text: string, isCount = false): string {
    if (/[a-z]/.test(text.replaceAll(/vec\d<\w+>|\b(true|false|bool|i32|u32|f32)\b|u\b/g, ''))) return text;
    return isCount ? `(${text} % 32u)` : runtime(type);
  }

  function boolean(depth: number): string {
    const type = one(['i32', 'u32', 'f32'] as const);
    switch (pick(5)) {
      case 0:
        return (
          `(${expression('bool', depth - 1)} ${one(['&&', '||', '==', '!=', '&', '|'])} ` +
          `${expression('bool', depth - 1)})`
        );
      case 1:
        return `!${expression('bool', depth - 1)}`;
      case 2:
        return (
          `${one(['any', 'all'])}(${runtime('vec3<u32>')} ${one(['<', '>=', '=='])} ` +
          `${expression('vec3<u32>', depth - 1)})`
        );
      default:
        return (
          `(${runtimeFirst(type, expression(type, depth - 1))} ${one(['<', '<=', '>', '>=', '==', '!='])} ` +
          `${expression(type, depth - 1)})`
        );
    }
  }

  /** Small whole numbers: sums and products of two of them are exact, fused or not. */
  function float(type: Type): string {
    const [a, b, c] = [runtime(type), runtime(type), runtime(type)];
    return one([
      `(${a} + ${b})`,
      `(${a} * ${b} + ${c})`,
      `(${a} - ${b} * ${c})`,
      `max(${a}, ${b})`,
      `min(${a}, -${b})`,
      `floor(${a} * 0.5)`,
      `round(${a} * 0.5)`,
      `fma(${a}, ${b}, ${c})`,
      `abs(${a} - ${b})`,
      `sign(${a} - ${b})`,
      `select(${a}, ${b}, ${runtime('bool')})`,
      isVector(type) ? `${a}.wzyx` : `dot(${runtime('vec4<f32>')}, vec4<f32>(1.0, 2.0, -1.0, 0.0))`,
    ]);
  }

  function expression(type: Type, depth: number, unknown = false): string {
    if (depth <= 0) return unknown || pick(3) > 0 ? runtime(type) : literal(type);
    if (type === 'bool') return boolean(depth);
    if (type === 'f32' || type === 'vec4<f32>') return float(type);
    return integer(type, depth);
  }

  function declare(): void {
    const type = one(VARIABLE_TYPES);
    const name = `n${counter++}`;
    const writable = pick(3) > 0;
    emit(`${writable ? 'var' : 'let'} ${name}: ${type} = ${bounded(type, expression(type, 2))};`);
    scope.push({ name, type, writable });
  }

  /** Keeps floats small, however often a loop changes them. */
  function bounded(type: Type, text: string): string {
    if (type === 'f32') return `clamp(${text}, -500.0, 500.0)`;
    if (type === 'vec4<f32>') return `clamp(${text}, vec4<f32>(-500.0), vec4<f32>(500.0))`;
    return text;
  }

  function assign(): unknown {
    const targets = scope.filter((v) => v.writable);
    if (targets.length === 0) return declare();
    const { name, type } = one(targets);
    const operators =
      type === 'bool' || type.includes('f32') ? ['='] : ['=', '=', '+=', '-=', '*=', '^=', '|=', '/=', '%='];
    if (type === 'vec4<i32>' && pick(2)) {
      if (pick(2))
        emit(`${name}.${one(['zx', 'wy', 'xw'])} ${one(['=', '+=', '*='])} ${expression('vec2<i32>', 1)};`);
      else emit(`${name}[${runtime('u32')} % 4u] = ${expression('i32', 2)};`);
      return;
    }
    const operator = one(operators);
    const value = operator === '/=' || operator === '%=' ? runtime(type) : expression(type, 2);
    emit(`${name} ${operator} ${bounded(type, value)};`);
  }

  function memory(): unknown {
    if (inFunction) return assign();
    switch (pick(6)) {
      case 0:
        return emit(`arr[${runtime('u32')} % 4u] ${one(['=', '+=', '^='])} ${expression('i32', 2)};`);
      case 1:
        return emit(`fixed[${pick(4)}] ${one(['=', '-='])} ${expression('i32', 2)};`);
      case 2:
        return emit(
          `st.v[${runtime('u32')} % 3u] = ${expression('u32', 2)}; st.a += ${expression('i32', 1)};`,
        );
      case 3:
        return emit('{ var copy = st; copy.a *= 3; st = P(copy.a, copy.v.zxy, copy.f); }');
      case 4: {
        const ints = named('i32', true);
        return emit(
          ints.length > 0 ? `bump(&${one(ints).name}, ${expression('i32', 1)});` : 'bump(&arr[1], 5);',
        );
      }
      default:
        return emit(`seed = seed * 1664525u + ${runtime('u32')};`);
    }
  }

  function block(statements: number): void {
    const outer = scope;
    scope = [...scope];
    indent++;
    for (let i = 0; i < statements; i++) statement();
    indent--;
    scope = outer;
  }

  function loop(): void {
    const name = `k${counter++}`;
    const limit = pick(2) ? String(1 + pick(5)) : `(${runtime('i32')} & 7)`;
    const outer = scope;
    scope = [...scope, { name, type: 'i32', writable: false }];
    loops++;
    if (pick(3) > 0) {
      emit(`for (var ${name} = 0; ${name} < ${limit}; ${name} += ${1 + pick(2)}) {`);
      block(1 + pick(3));
      emit('}');
    } else {
      emit(`var ${name} = 0;`);
      emit('loop {');
      emit(`  if (${name} >= ${limit}) { break; }`);
      block(1 + pick(3));
      emit(`  continuing { ${name} += 1; ${pick(2) ? `break if ${runtime('bool')};` : ''} }`);
      emit('}');
    }
    loops--;
    scope = outer;
  }

  function statement(): unknown {
    if (budget-- <= 0) return assign();
    switch (pick(12)) {
      case 0:
      case 1:
        return declare();
      case 2:
      case 3:
        emit(`if (${expression('bool', 2)}) {`);
        block(1 + pick(2));
        if (pick(2)) {
          emit('} else {');
          block(1 + pick(2));
        }
        return emit('}');
      case 4:
        return loop();
      case 5:
        if (loops > 0) return emit(`if (${expression('bool', 1)}) { ${one(['break', 'continue'])}; }`);
        return memory();
      case 6:
        emit(`switch (${runtime('i32')} & 3) {`);
        for (const label of ['case 0, 3:', 'case 1:', 'default:']) {
          indent++;
          emit(`${label} {`);
          block(1);
          if (pick(3) === 0) emit('  break;');
          emit('}');
          indent--;
        }
        return emit('}');
      case 7:
      case 8:
        return memory();
      case 9:
        if (inFunction) return emit(`if (${expression('bool', 1)}) { return ${expression('i32', 1)}; }`);
        return assign();
      default:
        return assign();
    }
  }

  // A function with early returns.
  inFunction = true;
  scope = [
    { name: 'a', type: 'i32', writable: false },
    { name: 'b', type: 'u32', writable: false },
  ];
  for (let i = 0; i < 3; i++) statement();
  const functionBody = lines.splice(0).join('\n');
  const functionResult = expression('i32', 1);
  inFunction = false;

  scope = [
    { name: 'l', type: 'u32', writable: false },
    { name: 'seed', type: 'u32', writable: false },
  ];
  const phases = pick(3);
  for (let phase = 0; phase <= phases; phase++) {
    for (let i = 0; i < 3 + pick(4); i++) statement();
    if (phase < phases) {
      emit(`tile[l] = ${expression('i32', 2)};`);
      emit('workgroupBarrier();');
      const name = `t${counter++}`;
      emit(`let ${name} = tile[(l + ${pick(4)}u) % 4u] + atomicLoad(&total);`);
      emit('workgroupBarrier();');
      emit(`atomicAdd(&total, ${name} & 255);`);
      emit('workgroupBarrier();');
      scope.push({ name, type: 'i32', writable: false });
    }
  }
  const results = scope.filter((v) => v.name !== 'l').slice(-8);
  const words = results.map(({ name, type }) => {
    if (type === 'i32') return name;
    if (type === 'u32') return `bitcast<i32>(${name})`;
    if (type === 'bool') return `select(0, 1, ${name})`;
    if (type === 'f32') return `i32(${name})`;
    if (type === 'vec3<u32>') return `bitcast<i32>(${name}.x ^ (${name}.y * 3u) ^ (${name}.z * 5u))`;
    const terms = Array.from({ length: sizeOf(type) }, (_, i) => `i32(${name}[${i}]) * ${2 * i + 1}`);
    return terms.join(' + ');
  });
  words.push(
    'arr[0] ^ arr[1] ^ (arr[2] * 3) ^ (arr[3] * 7)',
    'fixed[0] + fixed[1] * 3 + fixed[2] * 5 + fixed[3]',
    'st.a',
    'bitcast<i32>(st.v.x + st.v.y * 3u + st.v.z * 5u)',
    'bitcast<i32>(seed)',
  );
  return `struct P { a: i32, v: vec3<u32>, f: f32 }
@group(0) @binding(0) var<storage, read> src: array<i32>;
@group(0) @binding(1) var<storage, read_write> dst: array<i32>;
var<workgroup> tile: array<i32, 4>;
var<workgroup> total: atomic<i32>;
var<private> seed: u32 = 1u;
fn bump(p: ptr<function, i32>, by: i32) { if (by == 3) { return; } *p = *p * 3 + by; }
fn mix2(a: i32, b: u32) -> i32 {
${functionBody}
  return ${functionResult};
}
@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(local_invocation_index) l: u32, @builtin(workgroup_id) group: vec3<u32>) {
  var arr: array<i32, 4>;
  var fixed = array<i32, 4>(1, 2, 3, 4);
  var st = P(src[l], vec3<u32>(l, 2u, 3u), 0.0);
  seed += l;
${lines.join('\n')}
  let at = (group.x * ${WORKGROUP_SIZE}u + l) * ${RESULT_WORDS}u;
${words.map((word, i) => `  dst[at + ${i}u] = ${word};`).join('\n')}
}
`;
}

const SWIZZLES: Record<number, string[]> = {
  2: ['yx', 'xx'],
  3: ['zxy', 'yyx'],
  4: ['wzyx', 'xxzz', 'yxwz'],
};
