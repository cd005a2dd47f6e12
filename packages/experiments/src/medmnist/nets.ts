/** The nets of the benchmark: those of the registry, in the forms that its scripts use. */
import {
  headOf,
  type Module,
  makeNet,
  type NetName,
  netNames,
  observeLayers,
  readSafetensors,
  readTorch,
  type StateDict,
  smallestImage,
  torchStateDict,
} from '@glassbox/nn';
import type { Runtime, Tensor } from '@glassbox/tensor-core';

/** A net as it is asked for; where it has a form for small and one for large images, the protocol chooses. */
export type BenchmarkNet = string;

const forms = ['medmnist', 'torchvision'] as const;
const hasForm = (name: string) => forms.some((form) => name.endsWith(`-${form}`));

/** Every net that can be asked for. */
export const benchmarkNets: readonly BenchmarkNet[] = netNames.filter((name) => !hasForm(name));

/** What a cell's net sees. */
export interface NetInput {
  /** Number of outputs. */
  readonly outputs: number;
  readonly channels: 1 | 3;
  /** Height and width in pixels. */
  readonly pixels: number;
  /** True where the scripts take torchvision's form: for images that were enlarged or padded to 224 pixels. */
  readonly large: boolean;
}

/** A net with the name of its last layer. */
export interface MadeNet {
  readonly net: Module;
  readonly name: NetName;
  /** Its last linear layer, and its name in the state. */
  readonly head: Module;
  readonly headName: string;
}

/** The net in the form that is meant: a ResNet-18 is MedMNIST's for small images, and torchvision's for large ones. */
export function formOf(net: BenchmarkNet, large: boolean): NetName {
  const form = `${net}-${forms[Number(large)]}`;
  return (netNames as readonly string[]).includes(form) ? (form as NetName) : (net as NetName);
}

/** The smallest height and width of images that a net takes. */
export function smallestFor(net: BenchmarkNet, large: boolean): number {
  return smallestImage(formOf(net, large));
}

/** A net with fresh weights. */
export function makeBenchmarkNet(
  runtime: Runtime,
  asked: BenchmarkNet,
  { outputs, channels, pixels, large }: NetInput,
  seed: number,
): MadeNet {
  const name = formOf(asked, large);
  const net = makeNet(runtime, name, { numClasses: outputs, inChannels: channels, imageSize: pixels, seed });
  const headName = headOf(name);
  return { net, name, headName, head: net.namedModules().get(headName)! };
}

/**
 * Gives a net the weights of a file, but for its last layer.
 * @throws Error that names the file if any other weight is missing or has another shape.
 */
export async function loadEncoder({ net, headName, name }: MadeNet, file: string): Promise<void> {
  const state = await readWeights(file);
  const encoder: StateDict = new Map([...state].filter(([key]) => !key.startsWith(`${headName}.`)));
  const wanted = [...net.namedState().keys()].filter((key) => !key.startsWith(`${headName}.`));
  const { missing, shapeMismatch } = net.loadStateDict(encoder, { strict: false });
  const absent = missing.filter((key) => !key.startsWith(`${headName}.`));
  if (absent.length + shapeMismatch.length === 0) return;
  const [wrong] = shapeMismatch;
  throw new Error(
    `${file}: these weights are not those of ${name}: ${absent.length} of ${wanted.length} are missing` +
      `${absent.length > 0 ? ` (${absent[0]}, …)` : ''}, ${shapeMismatch.length} have another shape` +
      `${wrong ? ` (${wrong.name}: [${wrong.found}] for [${wrong.expected}])` : ''}; give the file of such a net`,
  );
}

async function readWeights(file: string): Promise<StateDict> {
  if (file.endsWith('.safetensors')) return (await readSafetensors(file)).tensors;
  return torchStateDict(await readTorch(file));
}

/** For `predict`: what the last layer sees, [N, features]. */
export function features({ net, head }: MadeNet): (images: Tensor) => Tensor {
  return (images) => {
    let seen: Tensor | undefined;
    observeLayers(
      (layer, input) => {
        if (layer === head) seen = input;
      },
      () => net.forward(images),
    );
    if (!seen) throw new Error('the last layer of this net does not say what it sees; k-NN is not possible');
    return seen;
  };
}
