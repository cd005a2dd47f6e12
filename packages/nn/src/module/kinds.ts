import { instance, pair, whole } from '@glassbox/options';
import { Tensor } from '@glassbox/tensor-core/functions';
import { Init } from '../random/init.ts';
import { Module } from './module.ts';

/** What several layers' arguments and options may be (see `@glassbox/options`). */
export const anInit = instance(() => Init, 'an Init: new Init(runtime, seed)');
export const aModule = instance(() => Module, 'a module');
export const aTensor = instance(() => Tensor, 'a tensor');
/** A number of channels, features or classes. */
export const count = whole(1);
/** Windows and steps, for height and width. */
export const sizes = pair(whole(1));
/** Rows and columns of padding. */
export const margins = pair(whole(0));
