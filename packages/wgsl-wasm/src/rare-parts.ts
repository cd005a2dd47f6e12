/** What `rare.ts` gives to the compiler: all that few kernels need. */
export { checkAliasing } from './check/aliasing.ts';
export { bufferProblem, passesAs, resolveBuffer } from './check/buffer-types.ts';
export { checkBufferBuiltin } from './check/builtins/buffer-views.ts';
export { checkDerivative } from './check/builtins/derivatives.ts';
export { RARE_BUILTINS } from './check/builtins/rare-table.ts';
export { exchangeResult, frexpResult, modfResult } from './check/builtins/results.ts';
export { checkSubgroupBuiltin } from './check/builtins/subgroups.ts';
export { checkUniformLoad } from './check/builtins/uniform-load.ts';
export { checkDiagnosticControl, checkDirectives } from './check/directives.ts';
export { bitcastHalfValue, halfBits, requireF16, toF16 } from './check/half.ts';
export { hexFloat } from './check/hex-float.ts';
export { accessibleWords } from './check/immediates.ts';
export { constructInferredArray, constructInferredVector } from './check/inferred-constructors.ts';
export {
  checkMatrixBinary,
  checkMatrixBuiltin,
  constructInferredMatrix,
  constructMatrix,
  resolveMatrix,
} from './check/matrices.ts';
export { checkOverrideKeys, declareOverride } from './check/overrides.ts';
export { resolvePointer } from './check/pointer-types.ts';
export { checkConstAssert, checkLoop, checkSwitch } from './check/rare-statements.ts';
export { checkBuiltinPlace, checkStage, checkStageUses, readInterface } from './check/stages.ts';
export { checkTextureBuiltin, resolveTexture } from './check/textures.ts';
export { checkUniformity } from './check/uniformity.ts';
export { unresolved } from './check/unresolved.ts';
export { checkViews } from './check/viewed-buffers.ts';
export { lowerInterleaved } from './lower/barriers.ts';
export { lowerBufferBuiltin, narrowed } from './lower/buffer-views.ts';
export { rareBuiltin } from './lower/builtins/rare.ts';
export { lowerRareAtomic } from './lower/builtins/rare-atomics.ts';
export { bitcastHalf, loadHalf, roundToHalf, storeHalf } from './lower/half.ts';
export { rareInput } from './lower/inputs.ts';
export { lowerMatrixBinary, lowerMatrixBuiltin, lowerMatrixConversion } from './lower/matrices.ts';
export { currentInvocation, noteAccess, RACE_IMPORTS } from './lower/races.ts';
export { lowerLoop, lowerSwitch } from './lower/rare-statements.ts';
export { atomicInside, keepInside, keepLane, noteRange, rangeInBody } from './lower/robust.ts';
export { compiledTexture, lowerTexture } from './lower/textures.ts';
export { parseConstAssert, parseDirective, parseLoop, parseSwitch } from './syntax/parse-rare.ts';
