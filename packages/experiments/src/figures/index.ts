/** Figures of a run as SVG and PNG. */
export * from './classification.ts';
export * from './compact.ts';
export * from './comparison.ts';
export { autoencoderCurvesFigure, learningCurvesFigure, type Trained } from './curves.ts';
export * from './embeddings.ts';
export { type Figure, inlineSvg, renderPng, standaloneSvg } from './figure.ts';
export { fontFaceCss } from './fonts.ts';
export { greyPng } from './image.ts';
export * from './labels.ts';
export * from './mistakes.ts';
export * from './published.ts';
export * from './reconstructions.ts';
export { CLASS_COLOURS, type RecipeColour, recipeColours } from './style.ts';
