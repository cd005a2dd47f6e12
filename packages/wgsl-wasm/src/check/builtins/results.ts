/** The structures that builtin functions return. A program can hold them, but cannot write their names. */
import {
  ABSTRACT_FLOAT,
  ABSTRACT_INT,
  BOOL,
  F32,
  I32,
  makeStruct,
  type ScalarType,
  type StructType,
  vectorOrScalar,
} from '../types.ts';
import { concreteStructs } from '../values.ts';

const cache = new Map<string, StructType>();

function cached(name: string, make: () => StructType): StructType {
  let found = cache.get(name);
  if (!found) {
    found = make();
    cache.set(name, found);
  }
  return found;
}

const suffix = (scalar: ScalarType, size: number): string => {
  const element = scalar === ABSTRACT_FLOAT ? 'abstract' : scalar.name;
  return size === 1 ? element : `vec${size}_${element}`;
};

/** `modf`: `fract` and `whole`. */
export function modfResult(scalar: ScalarType, size: number): StructType {
  return cached(`__modf_result_${suffix(scalar, size)}`, () => {
    const type = vectorOrScalar(size, scalar);
    const result = makeStruct(`__modf_result_${suffix(scalar, size)}`, [
      { name: 'fract', type },
      { name: 'whole', type },
    ]);
    if (scalar === ABSTRACT_FLOAT) concreteStructs.set(result, modfResult(F32, size));
    return result;
  });
}

/** `frexp`: `fract` and `exp`. */
export function frexpResult(scalar: ScalarType, size: number): StructType {
  return cached(`__frexp_result_${suffix(scalar, size)}`, () => {
    const exponent = scalar === ABSTRACT_FLOAT ? ABSTRACT_INT : I32;
    const result = makeStruct(`__frexp_result_${suffix(scalar, size)}`, [
      { name: 'fract', type: vectorOrScalar(size, scalar) },
      { name: 'exp', type: vectorOrScalar(size, exponent) },
    ]);
    if (scalar === ABSTRACT_FLOAT) concreteStructs.set(result, frexpResult(F32, size));
    return result;
  });
}

/** `atomicCompareExchangeWeak`: `old_value` and `exchanged`. */
export function exchangeResult(scalar: ScalarType): StructType {
  return cached(`__atomic_compare_exchange_result_${scalar.name}`, () =>
    makeStruct(`__atomic_compare_exchange_result_${scalar.name}`, [
      { name: 'old_value', type: scalar },
      { name: 'exchanged', type: BOOL },
    ]),
  );
}
