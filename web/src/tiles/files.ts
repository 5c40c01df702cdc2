// Everything that makes files of tiles, loaded when the first one is asked for.
import { csvText, pictureSvg, type Caption, type NamedTable, type PictureBody } from './exports';
import { legendOf, pngOf, save, styleOf } from './save';

export { fileName } from './exports';

const PNG_SCALE = 2;

export function saveTable(
  file: string,
  caption: Caption,
  tables: readonly NamedTable[],
  sideLabel: string,
): void {
  const text = csvText(caption, tables, sideLabel);
  save(file, new Blob([text], { type: 'text/csv;charset=utf-8' }));
}

/** `frame` is the tile on the page, whose colours and legend the picture has. */
export async function savePicture(
  file: string,
  format: 'svg' | 'png',
  caption: Caption,
  bodies: readonly PictureBody[],
  frame: HTMLElement,
  withLegend: boolean,
): Promise<void> {
  const svg = pictureSvg(caption, withLegend ? legendOf(frame) : [], bodies, styleOf(frame));
  const blob =
    format === 'svg' ? new Blob([svg], { type: 'image/svg+xml' }) : await pngOf(svg, PNG_SCALE);
  save(file, blob);
}
