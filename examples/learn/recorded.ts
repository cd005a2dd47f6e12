import { nn, openRuntime, type Recording, stepInput, type Tensor, zeros } from 'glassbox';

const runtime = await openRuntime();

/** Trains for 20 steps with a factor that grows, and gives the last loss. */
async function train(recorded: boolean): Promise<number> {
  const net = new nn.Linear(new nn.Init(runtime, 0), 4, 1);
  const optimizer = new nn.Adam(net.parameters(), { lr: 0.01 });
  let done = 0;
  const describe = () => {
    const factor = stepInput(runtime, [], 'f32', () => [Math.min(1, (done + 1) / 10)]);
    const loss = net
      .forward(zeros(runtime, [8, 4]).add(1))
      .square()
      .mean()
      .mul(factor);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return loss;
  };
  let recording: Recording<Tensor> | undefined;
  let loss: Tensor | undefined;
  for (; done < 20; done++) {
    if (!recorded) loss = runtime.step(describe);
    else if (recording) recording.replay();
    else recording = runtime.record(describe); // the first step
  }
  return (recording?.result ?? loss!).item();
}

console.log((await train(true)) === (await train(false)));
await runtime.destroy();
