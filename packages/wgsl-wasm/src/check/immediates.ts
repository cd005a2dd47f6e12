/** Immediate variables: which of their bytes a program has to set. */
import { sizeOf, type Type } from './types.ts';

function* accessibleBytes(type: Type, offset = 0): Generator<number> {
  switch (type.kind) {
    case 'vector':
      for (let i = 0; i < type.size; i++)
        yield* accessibleBytes(type.element, offset + i * sizeOf(type.element));
      break;
    case 'array':
      for (let i = 0; i < (type.count ?? 1); i++)
        yield* accessibleBytes(type.element, offset + i * type.stride);
      break;
    case 'struct':
      for (const member of type.members) yield* accessibleBytes(member.type, offset + member.offset);
      break;
    default:
      for (let i = 0; i < sizeOf(type); i++) yield offset + i;
  }
}

/** `AccessibleSlots(type)` (WGSL, "Memory Layout"): words of 4 bytes that do not only fill a value up, in order. */
export const accessibleWords = (type: Type): number[] => [
  ...new Set([...accessibleBytes(type)].map((byte) => byte >> 2)),
];
