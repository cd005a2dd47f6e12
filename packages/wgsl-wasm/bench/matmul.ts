/** A register-tiled matmul in the form that the project's kernels have: named vec4 accumulators, k unrolled by 4. */

/**
 * `y = x * w`, `[M,K] * [K,N]` for any M. One invocation computes `rows` rows by `columns` vec4 of `y`; sizes must be multiples.
 * `x` and `y` are row-major; `w` is packed in panels of `columns` vec4, `[N / (4 columns), K, 4 columns]`, so that the inner loop
 * reads it in order (rows 2 KiB apart would fall into the same few sets of the cache).
 */
export function matmulKernel(N: number, K: number, rows: number, columns: number): string {
  const range = (n: number) => Array.from({ length: n }, (_, i) => i);
  const accumulators = range(rows).flatMap((r) =>
    range(columns).map((c) => `  var acc${r}_${c} = vec4<f32>();`),
  );
  const steps = range(4).flatMap((k) => {
    const lane = 'xyzw'[k];
    return [
      ...range(columns).map(
        (c) => `    let w${k}_${c} = w[(id.y * ${K}u + 4u * k + ${k}u) * ${columns}u + ${c}u];`,
      ),
      ...range(rows).flatMap((r) =>
        range(columns).map((c) => `    acc${r}_${c} += a${r}.${lane} * w${k}_${c};`),
      ),
    ];
  });
  return `
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.x * ${rows}u;
  let column = id.y * ${columns}u;
${accumulators.join('\n')}
  for (var k = 0u; k < ${K / 4}u; k++) {
${range(rows)
  .map((r) => `    let a${r} = x[(row + ${r}u) * ${K / 4}u + k];`)
  .join('\n')}
${steps.join('\n')}
  }
${range(rows)
  .flatMap((r) =>
    range(columns).map((c) => `  y[(row + ${r}u) * ${N / 4}u + column + ${c}u] = acc${r}_${c};`),
  )
  .join('\n')}
}
`;
}
