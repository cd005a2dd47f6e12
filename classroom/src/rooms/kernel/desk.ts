/** What the Worker of this room does for the page: lists the kernels of a step, and judges texts of one of them. */
import type { Spec } from '../../playground/spec.ts';
import { Answers } from './answers.ts';
import { Judge } from './judge.ts';
import { KernelStep, type Unit } from './step.ts';
import type { KernelInfo, Verdict } from './types.ts';

export class KernelDesk {
  #step: KernelStep | undefined;
  #answers: { readonly unit: Unit; readonly answers: Answers } | undefined;
  #judge: Judge | undefined;

  /** Trains the net of a spec for two steps. @returns the kernels of the second one. */
  async open(spec: Spec): Promise<readonly KernelInfo[]> {
    await this.#step?.close();
    this.#answers = undefined;
    this.#step = await KernelStep.open(spec);
    return this.#step.kernels;
  }

  /** Makes everything ready to judge texts of this kernel. */
  async choose(id: string): Promise<void> {
    const step = this.#step!;
    const unit = step.unit(id);
    if (this.#answers?.unit !== unit) {
      this.#answers = { unit, answers: new Answers(unit, await step.operands(unit)) };
    }
    await this.#judge?.close();
    const { wgsl } = step.kernels.find((kernel) => kernel.id === id)!;
    this.#judge = new Judge(this.#answers.answers, wgsl, step.places);
  }

  /** Computes the next quotient of differences, which later verdicts have. @returns false if there is none. */
  nextQuotient(): boolean {
    return this.#answers?.answers.quotients?.next() ?? false;
  }

  /** @param begun called when the text is about to run: from then on it may take so long, and no longer. */
  async judge(text: string, begun: () => void): Promise<Verdict> {
    begun();
    return this.#judge!.judge(text);
  }

  async close(): Promise<void> {
    await this.#judge?.close();
    await this.#step?.close();
  }
}
