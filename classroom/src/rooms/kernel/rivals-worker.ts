/** The Worker of the two trainings. */
import { expose } from 'comlink';
import { Rivals } from './rivals.ts';

expose(new Rivals());
