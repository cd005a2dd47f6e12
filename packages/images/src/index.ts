/**
 * Pictures as plain numbers, and a net's input made of them. Knows no tensor, no files and no formats of files:
 * `@glassbox/images/files` reads those, in Node.
 */
export { type Picture, PictureError, type PixelsOfCanvas, pictureFromImageData } from './picture.ts';
export { type BytesOptions, isGrey, pictureBytes } from './resize.ts';
