/** What kernels know of the machine that they run on: facts about it. What follows from a fact, the kernel decides. */
import type { ImplicitGemm } from './conv2d/implicit-gemm/gemm.ts';
import type { ConvTile } from './conv2d/implicit-gemm/plan.ts';
import type { Conv2dSpec } from './conv2d/spec.ts';
import type { Kernel } from './kernel.ts';
import type { MatmulPlan } from './matmul/form.ts';
import type { MatmulSpec, MatmulTile } from './matmul/spec.ts';
import type { Candidate, MeasuredTile } from './tunable.ts';

/** What a machine is. Tables of tiles have one row for each. */
export type MachineKind = 'gpu' | 'software-gpu' | 'cpu' | 'wide-cpu';

/** Facts about a machine, by which kernels choose their form. */
export interface Machine {
  /** What it is. */
  readonly kind: MachineKind;
  /** Invocations per workgroup. */
  readonly workgroupSize: number;
  /**
   * What keeps it busy. `many`: thousands of short invocations, of which some compute while others wait for memory, and
   * neighbours read neighbouring words. `few`: a few long ones for each thread, which walk through memory that lies in
   * one piece.
   */
  readonly invocations: 'many' | 'few';
  /**
   * Invocations of a workgroup take each step together. If they do not, a branch of one costs the others nothing, and
   * the size of a workgroup does not matter.
   */
  readonly lockstep: boolean;
  /** Numbers (f32) in one vector register. With 8, two neighbouring `vec4`s are one: tiles are 16 columns wide. */
  readonly vectorWidth: number;
  /** `vec4`s that one invocation can hold without loss; infinite where all values are in memory anyway. */
  readonly vectorRegisters: number;
  /** `costly`: a load costs as much as many multiply-adds, so that tiles should be large. */
  readonly loads: 'cheap' | 'costly';
  /**
   * `costly`: rows that lie a power of two apart push each other out of the first-level cache, so that it may pay to
   * copy them into one piece first. `cheap`: they do not, or other costs are larger.
   */
  readonly jumps: 'cheap' | 'costly';
  /** `fast`: on the chip, with barriers that cost little. `slow`: plain memory. */
  readonly workgroupMemory: 'fast' | 'slow';
  /**
   * `costly`: to start a dispatch costs more than the work of a small one, so that independent ones should be joined.
   */
  readonly dispatches: 'cheap' | 'costly';
  /** What was measured here, and what only that needs; undefined where nothing was: see `tunedMachine`. */
  readonly tuning?: Tuning;
}

/**
 * Tiles that were measured, the short lists that they were chosen from, and kernels whose invocations share workgroup
 * memory, which nothing but a measured tile asks for. A page without measured tiles has none of it.
 */
export interface Tuning {
  /** The fastest tile of a kernel; undefined where nothing is known of it. */
  readonly measuredTile?: MeasuredTile;
  /** Matrix products. */
  readonly matmul: {
    readonly candidates: (
      spec: MatmulSpec,
      machine: Machine,
      usual: MatmulTile,
      parts: number,
    ) => readonly Candidate[];
    readonly workgroupKernel: (spec: MatmulSpec, plan: MatmulPlan, tile: MatmulTile) => Kernel;
  };
  /** Convolutions and their input gradients. */
  readonly conv2d: {
    readonly candidates: (gemm: ImplicitGemm, usual: ConvTile, machine: Machine) => readonly Candidate[];
    readonly workgroupKernel: (gemm: ImplicitGemm, tile: ConvTile) => Kernel;
  };
  /** Gradients of filters. */
  readonly weightGradient: {
    readonly candidates: (spec: Conv2dSpec, machine: Machine, packed: boolean) => readonly Candidate[];
  };
}

const cpu = {
  kind: 'cpu',
  workgroupSize: 1,
  invocations: 'few',
  lockstep: false,
  vectorWidth: 4,
  vectorRegisters: 16,
  loads: 'cheap',
  jumps: 'costly',
  workgroupMemory: 'slow',
  dispatches: 'cheap',
} as const;

/** The machines of today. Devices, tests and benchmarks take them from here. */
export const machines = {
  /**
   * A GPU through Vulkan, Metal or D3D12. An invocation may hold more than 16 `vec4`s, but then fewer invocations run
   * at a time.
   */
  gpu: {
    kind: 'gpu',
    workgroupSize: 64,
    invocations: 'many',
    lockstep: true,
    vectorWidth: 4,
    vectorRegisters: 16,
    loads: 'cheap',
    jumps: 'cheap',
    workgroupMemory: 'fast',
    dispatches: 'costly',
  },
  /** SwiftShader: lanes of SSE registers, values in memory. Its compiler takes longer than any dispatch. */
  softwareGpu: {
    kind: 'software-gpu',
    workgroupSize: 8,
    invocations: 'few',
    lockstep: true,
    vectorWidth: 4,
    vectorRegisters: Number.POSITIVE_INFINITY,
    loads: 'costly',
    jumps: 'cheap',
    workgroupMemory: 'slow',
    dispatches: 'cheap',
  },
  /** WebAssembly SIMD with our own compiler: one invocation after the other on each thread. */
  cpu,
  /** The same where V8 packs two vector operations into one of 256 bits. Every tile gives the bits of `cpu`. */
  wideCpu: { ...cpu, kind: 'wide-cpu', vectorWidth: 8, vectorRegisters: 32 },
} as const satisfies Record<string, Machine>;

/** What belongs to measured tiles. @throws Error that names the kernel if the machine does not have it. */
export function requireTuning(kernel: string, { tuning }: Machine): Tuning {
  if (tuning) return tuning;
  throw new Error(
    `${kernel}: tiles in workgroup memory, and lists of tiles, need a machine from tunedMachine()`,
  );
}
