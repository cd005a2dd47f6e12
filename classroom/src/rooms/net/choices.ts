/** Numbers that lists offer; an address may hold any others. */
export const numbersToChoose = {
  lr: [0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
  momentum: [0, 0.5, 0.9, 0.95, 0.99],
  decay: [0, 0.0001, 0.001, 0.01, 0.1],
  batch: [1, 8, 16, 32, 64, 128, 256],
  labels: [20, 50, 100, 300, 600, 1000, 2000],
  noise: [0, 0.05, 0.1, 0.2, 0.3, 0.5],
  dropout: [0, 0.1, 0.25, 0.5, 0.75],
} as const;

export const optimizerNames = { sgd: 'SGD', adam: 'Adam', adamw: 'AdamW' } as const;

export const percent = (share: number) => `${+(100 * share).toFixed(2)} %`;
