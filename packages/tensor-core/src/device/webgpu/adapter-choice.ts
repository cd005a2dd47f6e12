/** Which WebGPU adapters may be asked for. `auto`: a GPU, else the software adapter. */
export const adapterChoices = ['auto', 'hardware', 'software'] as const;
/** A GPU, a software adapter, or the first of them that there is. */
export type AdapterChoice = (typeof adapterChoices)[number];
