import { type Machine, machines } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';

/** Each kind of machine: kernels differ in what one invocation does. All of them must be right on every device. */
export const anyMachine: fc.Arbitrary<Machine> = fc.constantFrom(...Object.values(machines));
