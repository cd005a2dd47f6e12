import { describe, expect, it } from 'vitest';
import {
  type Conv2dSpec,
  conv2dBiasGradient,
  conv2dForward,
  conv2dForwardPlain,
  conv2dForwardWorkgroup,
  conv2dInputGradient,
  conv2dInputGradientPlain,
  conv2dInputGradientWorkgroup,
  conv2dLayouts,
  conv2dWeightGradient,
  conv2dWeightGradientPacked,
  conv2dWeightGradientPlain,
  type KernelPlan,
  machines,
  transposeFilter,
  winogradForward,
} from '../src/index.ts';

const layer: Conv2dSpec = {
  batch: 64,
  inChannels: 16,
  height: 14,
  width: 14,
  outChannels: 32,
  kernel: [3, 3],
  stride: [2, 2],
  padding: [1, 1],
};
const firstLayer: Conv2dSpec = { ...layer, inChannels: 1, height: 28, width: 28, outChannels: 16 };

const texts = ({ kernels }: KernelPlan) => kernels.map(({ wgsl }) => wgsl).join('\n');

describe('the text of the convolution kernels', () => {
  it('the plain forms', () => {
    expect(conv2dForwardPlain(layer, { bias: true, relu: true }).wgsl).toMatchSnapshot();
    expect(conv2dInputGradientPlain(layer).wgsl).toMatchSnapshot();
    expect(conv2dWeightGradientPlain(layer).wgsl).toMatchSnapshot();
  });

  it('conv2dForward, channels-last', () => {
    expect(texts(conv2dForward(layer, { bias: true, relu: true }))).toMatchSnapshot();
  });

  it('conv2dForward followed by ReLU, batch norm, ReLU', () => {
    const epilogue = { bias: true, relu: true, batchNorm: { relu: true } };
    expect(texts(conv2dForward(layer, epilogue))).toMatchSnapshot();
    expect(texts(conv2dForward({ ...layer, outChannels: 3 }, epilogue))).toMatchSnapshot('three channels');
    const { cpu } = machines;
    expect(texts(conv2dForward({ ...firstLayer, width: 8 }, epilogue, cpu))).toMatchSnapshot('along rows');
    expect(winogradForward({ ...layer, stride: [1, 1] }, epilogue).kernels[1].wgsl).toMatchSnapshot(
      'in Winograd form',
    );
  });

  it('conv2dForward of one channel', () => {
    expect(texts(conv2dForward(firstLayer, { bias: true }))).toMatchSnapshot();
  });

  it('conv2dForward of one channel on a CPU, along rows', () => {
    expect(texts(conv2dForward(firstLayer, { bias: true, relu: true }, machines.cpu))).toMatchSnapshot();
  });

  it('on a CPU, over images', () => {
    const { cpu } = machines;
    expect(texts(conv2dForward(layer, { bias: true, relu: true }, cpu))).toMatchSnapshot();
    expect(texts(conv2dInputGradient({ ...layer, batch: 7, height: 13 }, {}, cpu))).toMatchSnapshot(
      'odd sizes',
    );
  });

  it('conv2dInputGradient', () => {
    expect(texts(conv2dInputGradient(layer))).toMatchSnapshot();
  });

  it('conv2dInputGradient to one channel', () => {
    expect(texts(conv2dInputGradient(firstLayer))).toMatchSnapshot();
  });

  it('conv2dWeightGradient on a CPU, packed', () => {
    const { cpu } = machines;
    const { kernels } = conv2dWeightGradientPacked({ ...layer, batch: 65, outChannels: 20 }, cpu);
    const layerPlan = conv2dWeightGradient(layer, cpu);
    expect(layerPlan).toEqual(conv2dWeightGradientPacked(layer, cpu));
    expect(kernels.map(({ wgsl }) => wgsl).join('\n')).toMatchSnapshot();
  });

  it('conv2dWeightGradient', () => {
    expect(conv2dWeightGradient(layer).kernels.map(({ wgsl }) => wgsl)).toMatchSnapshot();
  });

  it('conv2dWeightGradient of one channel', () => {
    expect(conv2dWeightGradient(firstLayer).kernels[0].wgsl).toMatchSnapshot();
  });

  it('the variants with workgroup memory', () => {
    expect(conv2dForwardWorkgroup(layer, { bias: true }).wgsl).toMatchSnapshot();
    expect(conv2dInputGradientWorkgroup(layer).wgsl).toMatchSnapshot();
  });

  it('conv2dBiasGradient and transposeFilter', () => {
    expect(conv2dBiasGradient(layer).kernels[0].wgsl).toMatchSnapshot();
    expect(transposeFilter(conv2dLayouts(layer).weight).wgsl).toMatchSnapshot();
  });
});
