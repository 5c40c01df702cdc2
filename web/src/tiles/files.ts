// Everything that makes files of tiles, loaded when the first one is asked for.
export { csvText, fileName, pictureSvg } from './exports';
export { legendOf, pngOf, save, styleOf } from './save';
