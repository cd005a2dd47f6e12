/** The limits of WebGPU: their defaults, and what an adapter of this package has. */
import { nearest } from '@glassbox/options';
import { size64 } from './convert.ts';
import { exception } from './errors.ts';

/** Default and best value; `alignment`: smaller is better. */
type Row = readonly [standard: number, best: number, alignment?: true];

const same = (value: number): Row => [value, value];

const ROWS: Record<Exclude<keyof GPUSupportedLimits, '__brand'>, Row> = {
  maxTextureDimension1D: same(8192),
  maxTextureDimension2D: same(8192),
  maxTextureDimension3D: same(2048),
  maxTextureArrayLayers: same(256),
  maxBindGroups: same(4),
  maxBindGroupsPlusVertexBuffers: same(24),
  maxBindingsPerBindGroup: same(1000),
  maxDynamicUniformBuffersPerPipelineLayout: [8, 16],
  maxDynamicStorageBuffersPerPipelineLayout: [4, 16],
  maxSampledTexturesPerShaderStage: same(16),
  maxSamplersPerShaderStage: same(16),
  maxStorageBuffersPerShaderStage: [8, 64],
  maxStorageBuffersInVertexStage: [8, 64],
  maxStorageBuffersInFragmentStage: [8, 64],
  maxStorageTexturesPerShaderStage: same(4),
  maxStorageTexturesInVertexStage: same(4),
  maxStorageTexturesInFragmentStage: same(4),
  maxUniformBuffersPerShaderStage: [12, 64],
  maxUniformBufferBindingSize: [65536, 2 ** 30],
  maxStorageBufferBindingSize: [2 ** 27, 2 ** 31 - 4],
  minUniformBufferOffsetAlignment: [256, 256, true],
  minStorageBufferOffsetAlignment: [256, 256, true],
  maxVertexBuffers: same(8),
  maxBufferSize: [2 ** 28, 2 ** 31],
  maxVertexAttributes: same(16),
  maxVertexBufferArrayStride: same(2048),
  maxInterStageShaderVariables: same(16),
  maxColorAttachments: same(8),
  maxColorAttachmentBytesPerSample: same(32),
  maxComputeWorkgroupStorageSize: [16384, 65536],
  maxComputeInvocationsPerWorkgroup: [256, 1024],
  maxComputeWorkgroupSizeX: [256, 1024],
  maxComputeWorkgroupSizeY: [256, 1024],
  maxComputeWorkgroupSizeZ: same(64),
  maxComputeWorkgroupsPerDimension: same(65535),
  maxImmediateSize: same(64),
};

type Name = keyof typeof ROWS;
const NAMES = Object.keys(ROWS) as Name[];

/** Raising one of these raises all. */
const TOGETHER: readonly (readonly Name[])[] = [
  ['maxStorageBuffersPerShaderStage', 'maxStorageBuffersInVertexStage', 'maxStorageBuffersInFragmentStage'],
  [
    'maxStorageTexturesPerShaderStage',
    'maxStorageTexturesInVertexStage',
    'maxStorageTexturesInFragmentStage',
  ],
];

/** A set of limits. */
export class GPUSupportedLimits implements globalThis.GPUSupportedLimits {
  declare readonly __brand: 'GPUSupportedLimits';
  declare readonly maxTextureDimension1D: number;
  declare readonly maxTextureDimension2D: number;
  declare readonly maxTextureDimension3D: number;
  declare readonly maxTextureArrayLayers: number;
  declare readonly maxBindGroups: number;
  declare readonly maxBindGroupsPlusVertexBuffers: number;
  declare readonly maxBindingsPerBindGroup: number;
  declare readonly maxDynamicUniformBuffersPerPipelineLayout: number;
  declare readonly maxDynamicStorageBuffersPerPipelineLayout: number;
  declare readonly maxSampledTexturesPerShaderStage: number;
  declare readonly maxSamplersPerShaderStage: number;
  declare readonly maxStorageBuffersPerShaderStage: number;
  declare readonly maxStorageBuffersInVertexStage: number;
  declare readonly maxStorageBuffersInFragmentStage: number;
  declare readonly maxStorageTexturesPerShaderStage: number;
  declare readonly maxStorageTexturesInVertexStage: number;
  declare readonly maxStorageTexturesInFragmentStage: number;
  declare readonly maxUniformBuffersPerShaderStage: number;
  declare readonly maxUniformBufferBindingSize: number;
  declare readonly maxStorageBufferBindingSize: number;
  declare readonly minUniformBufferOffsetAlignment: number;
  declare readonly minStorageBufferOffsetAlignment: number;
  declare readonly maxVertexBuffers: number;
  declare readonly maxBufferSize: number;
  declare readonly maxVertexAttributes: number;
  declare readonly maxVertexBufferArrayStride: number;
  declare readonly maxInterStageShaderVariables: number;
  declare readonly maxColorAttachments: number;
  declare readonly maxColorAttachmentBytesPerSample: number;
  declare readonly maxComputeWorkgroupStorageSize: number;
  declare readonly maxComputeInvocationsPerWorkgroup: number;
  declare readonly maxComputeWorkgroupSizeX: number;
  declare readonly maxComputeWorkgroupSizeY: number;
  declare readonly maxComputeWorkgroupSizeZ: number;
  declare readonly maxComputeWorkgroupsPerDimension: number;
  declare readonly maxImmediateSize: number;

  constructor(value: (name: Name) => number) {
    for (const name of NAMES) Object.defineProperty(this, name, { value: value(name), enumerable: true });
  }
}

/** What an adapter has. @internal */
export const adapterLimits = (): GPUSupportedLimits => new GPUSupportedLimits((name) => ROWS[name][1]);

/**
 * The limits of a device: the defaults, and what is asked for where that is better.
 * @throws DOMException `OperationError` for a limit that does not exist, or that the adapter does not have
 * @internal
 */
export function deviceLimits(required: Readonly<Record<string, number | undefined>>): GPUSupportedLimits {
  const refuse = (message: string): never => {
    throw exception('OperationError', `requestDevice: ${message}`);
  };
  for (const name in required) {
    if (required[name] === undefined) continue;
    if (!Object.hasOwn(ROWS, name)) {
      const meant = nearest(name, NAMES);
      refuse(`there is no limit '${name}'${meant ? `; did you mean '${meant}'?` : ''}`);
    }
    const [, best, alignment] = ROWS[name as Name];
    const value = size64('requestDevice', `the limit '${name}'`, required[name]);
    if (alignment && (value < best || value > 2 ** 31 || Math.log2(value) % 1 !== 0)) {
      refuse(`'${name}' must be a power of 2 and at least ${best}, not ${value}`);
    }
    if (!alignment && value > best) refuse(`'${name}' is at most ${best} here, not ${value}`);
  }
  const least = (name: Name): number => {
    const [standard, , alignment] = ROWS[name];
    const value = Math.trunc(Number(required[name] ?? standard));
    return alignment ? Math.min(standard, value) : Math.max(standard, value);
  };
  return new GPUSupportedLimits((name) =>
    Math.max(...(TOGETHER.find((names) => names.includes(name)) ?? [name]).map(least)),
  );
}
