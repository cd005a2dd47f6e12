/** The Worker that runs texts of kernels: it may be ended at any time. */
import { expose } from 'comlink';
import { KernelDesk } from './desk.ts';

expose(new KernelDesk());
