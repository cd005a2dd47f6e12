/** Which WebGPU adapters may be asked for. `auto`: a GPU, else the software adapter. */
export const adapterChoices = ['auto', 'hardware', 'software'] as const;
export type AdapterChoice = (typeof adapterChoices)[number];
