// topK
// Positions of the 5 largest elements of each row of x, in order, of equal ones the first
// x: [7,14] as bits, index: [7,5] u32; both row-major
// One invocation searches one row.
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> index: array<u32>;

const SIZE = 14u;
const ROW = 16u; // a row of x with its padding
const K = 5u;
const PLACES = 8u; // a row of positions with its padding

// A number that grows as the float with these bits does; devices need not know NaN, so that bits decide.
fn rank(bits: u32) -> u32 {
  let size = bits & 0x7fffffffu;
  var above = select(bits | 0x80000000u, ~bits, bits > 0x7fffffffu);
  above = select(above, 0x80000000u, size == 0u);
  above = select(above, 0xffffffffu, size > 0x7f800000u);
  return above;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 7u) { return; }
  var before = 0u;
  var place = 0u;
  for (var n = 0u; n < K; n++) {
    var best = 0u;
    var found = SIZE;
    for (var c = 0u; c < SIZE; c++) {
      let own = rank(x[i * ROW + c]);
      // Those that were found already come before, in the order of rank and position.
      let isNext = n == 0u || own < before || (own == before && c > place);
      if (isNext && (found == SIZE || own > best)) {
        best = own;
        found = c;
      }
    }
    index[i * PLACES + n] = found;
    before = best;
    place = found;
  }
  for (var n = K; n < PLACES; n++) {
    index[i * PLACES + n] = 0u;
  }
}
