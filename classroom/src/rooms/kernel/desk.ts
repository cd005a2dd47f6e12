/** What the Worker of this room does for the page: lists the kernels of a step, and judges texts of one of them. */
import type { Spec } from '../../playground/spec.ts';
import { Answers } from './answers.ts';
import { Judge } from './judge.ts';
import { KernelStep, type Unit } from './step.ts';
import type { KernelInfo, Verdict } from './types.ts';

/** Does one thing after the other, in the order in which they were asked for. */
export class KernelDesk {
  #step: KernelStep | undefined;
  #answers: { readonly unit: Unit; readonly answers: Answers } | undefined;
  #judge: Judge | undefined;
  /** The kernel that was asked for last. */
  #wanted = '';
  #last: Promise<unknown> = Promise.resolve();
  #begun: () => void = () => {};

  /** @param begun called when a text is about to run: from then on it may take so long, and no longer. */
  onBegun(begun: () => void): void {
    this.#begun = begun;
  }

  /** Trains the net of a spec for two steps. @returns the kernels of the second one. */
  open(spec: Spec): Promise<readonly KernelInfo[]> {
    return this.#inTurn(async () => {
      await this.#step?.close();
      this.#answers = undefined;
      this.#step = await KernelStep.open(spec);
      return this.#step.kernels;
    });
  }

  /** Makes everything ready to judge texts of this kernel, unless another one was asked for meanwhile. */
  choose(id: string): Promise<void> {
    this.#wanted = id;
    return this.#inTurn(async () => {
      if (this.#wanted !== id) return;
      const step = this.#step!;
      const unit = step.unit(id);
      if (this.#answers?.unit !== unit) {
        this.#answers = { unit, answers: new Answers(unit, await step.operands(unit)) };
      }
      await this.#judge?.close();
      const { wgsl } = step.kernels.find((kernel) => kernel.id === id)!;
      this.#judge = new Judge(this.#answers.answers, wgsl, step.places);
    });
  }

  /** Computes the next quotient of differences, which later verdicts have. @returns false if there is none. */
  nextQuotient(): Promise<boolean> {
    return this.#inTurn(async () => this.#answers?.answers.quotients?.next() ?? false);
  }

  judge(text: string): Promise<Verdict> {
    return this.#inTurn(() => {
      this.#begun();
      return this.#judge!.judge(text);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
