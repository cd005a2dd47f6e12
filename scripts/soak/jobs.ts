/** What `npm run soak` can run: tests of `npm test` that do far more under GLASSBOX_SOAK. */
export interface Job {
  readonly name: string;
  readonly about: string;
  /** Test files, from the root. */
  readonly files: readonly string[];
  /** A job that runs longer is stopped: something hangs, or the machine is far slower than two cores of 2024. */
  readonly minutes: number;
}

export const jobs: readonly Job[] = [
  {
    name: 'archives',
    about: '10,000 damaged or lying npz and npy files of each kind',
    files: ['packages/medmnist/test/fuzz.test.ts'],
    minutes: 20,
  },
  {
    name: 'checkpoints',
    about: '10,000 damaged or lying safetensors and PyTorch files of each kind, and recorded trajectories',
    files: [
      'packages/nn/test/checkpoint/fuzz.test.ts',
      'packages/nn/test/checkpoint/torch-fuzz.test.ts',
      'packages/experiments/test/parity/fuzz.test.ts',
    ],
    minutes: 20,
  },
  {
    name: 'folders',
    about:
      '10,000 command lines, damaged run folders and training states, and requests to the server of sources',
    files: ['packages/experiments/test/run/hostile.test.ts', 'scripts/serve-sources.test.ts'],
    minutes: 40,
  },
  {
    name: 'wgsl',
    about: '10,000 damaged WGSL programs of each kind, judged by Tint too, and kernels run against Dawn',
    files: [
      'packages/wgsl-wasm/test/check/damaged.test.ts',
      'packages/wgsl-wasm/test/check/generated.test.ts',
      'packages/wgsl-wasm/test/dawn/differential.test.ts',
      'packages/wgsl-wasm/test/lower/control-generated.test.ts',
      'packages/wgsl-wasm/test/lower/stores-generated.test.ts',
    ],
    minutes: 120,
  },
  {
    name: 'onnx',
    about: '1,000 random nets written as ONNX models and computed by ONNX Runtime',
    files: ['packages/onnx/test/random-nets.test.ts'],
    minutes: 60,
  },
  {
    name: 'kills',
    about: 'a run of the practical killed at 200 random moments, writes included',
    files: ['packages/experiments/test/run/kills.test.ts'],
    minutes: 120,
  },
  {
    name: 'leaks',
    about: '10,000 steps of each net on each device, and 200 devices of each kind opened and closed',
    files: ['packages/nn/test/leaks/leaks.test.ts'],
    minutes: 240,
  },
  {
    name: 'repeat',
    about:
      'each net in each way of running it to the same bits, and 200 steps of each on two devices compared',
    files: ['packages/nn/test/repeat/repeat.test.ts'],
    minutes: 60,
  },
  {
    name: 'wide',
    about: "1,000,000 generated kernels with V8's 256-bit pass off and on, and 2,000 nets, to the same bits",
    files: ['packages/wgsl-wasm/test/wide/fuzz.test.ts', 'packages/nn/test/wide/shapes.test.ts'],
    minutes: 480,
  },
  {
    name: 'classroom',
    about: '1,000 random numbers of a step of each net, explained down to the last bit',
    files: ['classroom/test/model/explain.test.ts'],
    minutes: 30,
  },
];
