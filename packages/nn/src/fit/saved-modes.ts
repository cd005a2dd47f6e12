import type { BatchNormChoice } from '../module/freeze.ts';
import type { Modes } from '../module/modes.ts';
import type { Module } from '../module/module.ts';

/** What callbacks may have set on a model that is no weight: part of a training's state. */
export interface SavedModes {
  /** Parts in evaluation mode. */
  readonly evaluating: readonly string[];
  /** Frozen parts with running statistics, and what each does with them. */
  readonly frozenAs: Readonly<Record<string, BatchNormChoice>>;
  /** Parameters that do not learn. */
  readonly fixed: readonly string[];
}

/** @param modes the modes that training steps run in. */
export function saveModes(model: Module, modes: Modes): SavedModes {
  const modules = [...model.namedModules()];
  return {
    evaluating: modules.filter(([, module]) => modes.get(module) === false).map(([name]) => name),
    frozenAs: Object.fromEntries(
      modules.flatMap(([name, { frozenAs }]) => (frozenAs ? [[name, frozenAs] as const] : [])),
    ),
    fixed: [...model.namedParameters()].filter(([, { requiresGrad }]) => !requiresGrad).map(([name]) => name),
  };
}

/** Sets everything as it was saved. */
export function restoreModes(model: Module, { evaluating, frozenAs, fixed }: SavedModes): void {
  for (const [name, module] of model.namedModules()) {
    module.setTraining(!evaluating.includes(name));
    module.setFrozenAs(Object.hasOwn(frozenAs, name) ? frozenAs[name] : undefined);
  }
  for (const [name, parameter] of model.namedParameters()) {
    const learns = !fixed.includes(name);
    parameter.requiresGrad_(learns);
    if (!learns) parameter.grad = null;
  }
}

/** True if a value read from a file is one of these. */
export function isSavedModes(value: unknown): value is SavedModes {
  if (typeof value !== 'object' || value === null) return false;
  const { evaluating, frozenAs, fixed } = value as Partial<Record<keyof SavedModes, unknown>>;
  const isNames = (list: unknown) => Array.isArray(list) && list.every((name) => typeof name === 'string');
  return (
    isNames(evaluating) &&
    isNames(fixed) &&
    typeof frozenAs === 'object' &&
    frozenAs !== null &&
    Object.values(frozenAs).every((choice) => choice === 'eval' || choice === 'reestimate')
  );
}
