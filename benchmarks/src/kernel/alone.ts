/** Somebody's kernel by itself, as programs meet it that compute on `@glassbox/webgpu-cpu`. */
import { create, globals } from '@glassbox/webgpu-cpu';
import { type CheckedProgram, checkProgram } from '@glassbox/wgsl-wasm';
import { median, quartiles } from '../statistics.ts';
import { type Measured, measured, type Precision, timeRepeats } from '../timing.ts';
import { type Grid, OwnKernelError } from './own-kernel.ts';

type Binding = CheckedProgram['entryPoints'][number]['bindings'][number];
type Type = Binding['storeType'];

/** What somebody asks for. */
export interface AloneOptions extends Precision {
  /** Elements of arrays whose length is open. */
  readonly elements: number;
  /** Workgroups; as many as make an invocation for each element unless given. */
  readonly grid?: Grid;
  /** Which compute shader; needed only if there are several. */
  readonly entryPoint?: string;
  /** Threads, the main thread included; the number of cores unless given. */
  readonly threads?: number;
}

/** What one kernel costs. */
export interface AloneResult extends Measured {
  readonly entryPoint: string;
  readonly device: string;
  readonly workgroupSize: Grid;
  readonly workgroups: Grid;
  readonly elements: number;
  /** Bytes that are bound, each buffer counted once. */
  readonly bytes: number;
  readonly ms: number;
  readonly msQuartiles: readonly [number, number];
  readonly millionInvocationsPerSec: number;
  readonly gbPerSec: number;
  readonly wgsl: string;
}

const { STORAGE, UNIFORM, COPY_DST } = globals.GPUBufferUsage;
/** As much as one buffer may have. */
const mostBytes = 2 ** 31 - 16;
/** Workgroups that WebGPU guarantees in a dimension. */
const mostGroups = 65_535;

/** A buffer for the binding, with numbers in it. */
function bytesFor({ name, storeType, addressSpace }: Binding, elements: number): DataView<ArrayBuffer> {
  const open = openArray(storeType);
  const bytes = open ? open.start + elements * open.stride : sizeOf(storeType);
  if (bytes > mostBytes) {
    throw new OwnKernelError(
      `${elements} elements of '${name}' are ${bytes} bytes, more than fit; take fewer`,
    );
  }
  const view = new DataView(new ArrayBuffer(Math.ceil(bytes / 16) * 16));
  let n = 0;
  /** Numbers from 0 to 1; whole ones are places in the arrays, and in a uniform buffer their length. */
  const fill = (type: Type, at: number): void => {
    switch (type.kind) {
      case 'array': {
        const count = type.count ?? elements;
        for (let i = 0; i < count; i++) fill(type.element, at + i * type.stride);
        return;
      }
      case 'struct':
        for (const member of type.members) fill(member.type, at + member.offset);
        return;
      case 'vector':
        for (let i = 0; i < type.size; i++)
          fill(type.element, at + i * (type.element.name === 'f16' ? 2 : 4));
        return;
      case 'scalar':
        n++;
        if (type.name === 'f32') view.setFloat32(at, ((n * 7919) % 1009) / 1009, true);
        // 0.5 to 1, by their bits.
        else if (type.name === 'f16') view.setUint16(at, 0x3800 + ((n * 7919) % 1009), true);
        else view.setUint32(at, addressSpace !== 'storage' ? elements : (n * 7919) % elements, true);
        return;
      default:
      // Atomics begin at 0.
    }
  };
  fill(storeType, 0);
  return view;
}

/** Where the array begins whose length is open, and how far its elements are apart. */
function openArray(type: Type): { readonly start: number; readonly stride: number } | null {
  if (type.kind === 'array') return type.count === null ? { start: 0, stride: type.stride } : null;
  const last = type.kind === 'struct' ? type.members.at(-1) : undefined;
  const inside = last && openArray(last.type);
  return inside ? { ...inside, start: inside.start + last.offset } : null;
}

function sizeOf(type: Type): number {
  if (type.kind === 'array') return type.count! * type.stride;
  if (type.kind === 'struct') return type.size;
  if (type.kind === 'vector') return type.size * (type.element.name === 'f16' ? 2 : 4);
  return 4;
}

function gridFor(size: Grid, { elements, grid }: AloneOptions): Grid {
  if (grid) return grid;
  const groups = Math.ceil(elements / (size[0] * size[1] * size[2]));
  const x = Math.min(groups, mostGroups);
  return [x, Math.ceil(groups / x), 1];
}

/**
 * Runs the kernel over buffers of its own, and times a dispatch.
 * @throws WgslError with line, column and the line's text if it does not compile
 * @throws OwnKernelError if it cannot run, or does not end
 */
export async function timeAlone(wgsl: string, options: AloneOptions): Promise<AloneResult> {
  const { entryPoint, threads, elements } = options;
  const names = checkProgram(wgsl).entryPoints.map(({ name }) => name);
  const wanted = entryPoint ?? names[0];
  if (!names.includes(wanted) || (entryPoint === undefined && names.length > 1)) {
    const list = names.join(', ') || 'none';
    throw new OwnKernelError(`The compute shaders of the text are ${list}; name one by --entry`);
  }
  const [entry] = checkProgram(wgsl, { entryPoint: wanted }).entryPoints;
  const adapter = (await create(threads === undefined ? {} : { threads }).requestAdapter())!;
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
    requiredFeatures: [...adapter.features] as GPUFeatureName[],
  });
  let wrong: string | undefined;
  device.onuncapturederror = (event) => {
    event.preventDefault();
    wrong ??= event.error.message;
  };
  /** Waits, and says what went wrong. */
  const synchronize = async () => {
    await device.queue.onSubmittedWorkDone();
    const lost = await Promise.race([
      device.lost,
      new Promise<null>((resolve) => setTimeout(resolve, 0, null)),
    ]);
    const message = lost?.message ?? wrong;
    if (message !== undefined) throw new OwnKernelError(message);
  };
  try {
    const module = device.createShaderModule({ code: wgsl });
    const pipeline = device.createComputePipeline({
      layout: 'auto',
      compute: { module, entryPoint: wanted },
    });
    await synchronize();
    let bytes = 0;
    const groups = new Map<number, GPUBindGroupEntry[]>();
    let immediates: DataView<ArrayBuffer> | undefined;
    for (const binding of entry.bindings) {
      const data = bytesFor(binding, elements);
      bytes += data.byteLength;
      if (binding.addressSpace === 'immediate') {
        immediates = data;
        continue;
      }
      const usage = (binding.addressSpace === 'uniform' ? UNIFORM : STORAGE) | COPY_DST;
      const buffer = device.createBuffer({ label: binding.name, size: data.byteLength, usage });
      device.queue.writeBuffer(buffer, 0, data);
      const entries = groups.get(binding.group) ?? [];
      groups.set(binding.group, [...entries, { binding: binding.binding, resource: { buffer } }]);
    }
    const workgroups = gridFor(entry.workgroupSize, options);
    const bound = [...groups].map(
      ([group, entries]) =>
        [group, device.createBindGroup({ layout: pipeline.getBindGroupLayout(group), entries })] as const,
    );
    const dispatch = () => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      for (const [group, entries] of bound) pass.setBindGroup(group, entries);
      if (immediates) pass.setImmediates(0, immediates);
      pass.dispatchWorkgroups(...workgroups);
      pass.end();
      device.queue.submit([encoder.finish()]);
    };
    dispatch();
    await synchronize();
    const timings = await timeRepeats({ synchronize }, dispatch, options);
    const ms = median(timings.ms);
    const [x, y, z] = workgroups;
    const [sx, sy, sz] = entry.workgroupSize;
    return {
      ...measured(`${wanted} ${elements}, webgpu-cpu`, { ms: [timings, 'ms'] }, options),
      entryPoint: wanted,
      device: adapter.info.description,
      workgroupSize: entry.workgroupSize,
      workgroups,
      elements,
      bytes,
      ms,
      msQuartiles: quartiles(timings.ms),
      millionInvocationsPerSec: (x * y * z * sx * sy * sz) / ms / 1e3,
      gbPerSec: bytes / ms / 1e6,
      wgsl,
    };
  } finally {
    device.destroy();
  }
}
