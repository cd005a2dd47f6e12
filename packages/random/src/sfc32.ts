/**
 * sfc32 (Chris Doty-Humphrey's "Small Fast Counting" generator from PractRand, which passes PractRand and BigCrush):
 * 128 bits of state, of which the caller gives three words and the last counts from 1.
 *
 * @param skip draws that are left out first: they mix the state, so that like seeds give unlike streams
 * @returns a function that draws 32 random bits, as a whole number from 0 to 2^32 - 1
 */
export function sfc32([a, b, c]: readonly [number, number, number], skip: number): () => number {
  let counter = 1;
  const bits = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < skip; i++) bits();
  return bits;
}
