import { Module } from './module.ts';

/** A part that a net repeats. `applyActivationCheckpointing` computes each of them as a whole. */
export abstract class Block extends Module {}
