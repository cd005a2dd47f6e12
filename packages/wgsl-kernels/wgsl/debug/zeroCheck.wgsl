// zeroCheck
// Padding and zero tail of x are 0.
// x: [2,5,3,3] in order 0,2,3,1, padded [2,8,3,3], then 8 words of zeros
// One invocation looks at four words.
@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> site: array<u32>;
@group(0) @binding(2) var<storage, read_write> faults: array<atomic<u32>>;

fn fault(row: u32, value: u32, limit: u32) {
  if (atomicAdd(&faults[12], 1u) != 0u) { return; }
  atomicStore(&faults[13], row);
  atomicStore(&faults[14], value);
  atomicStore(&faults[15], limit);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 38u) { return; }
  let v = i;
  var free = vec4<bool>(true);
  if (v < 36u) {
    let d1 = v % 2u * 4u;
    free = !((d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(5u));
  }
  let bits = select(vec4<u32>(), x[v], free);
  for (var lane = 0u; lane < 4u; lane++) {
    // Minus zero is zero.
    if ((bits[lane] & 0x7fffffffu) != 0u) { fault(4u * v + lane, site[0], bits[lane]); }
  }
}
