// Breaks names between words for places where CSS does not reach. Nothing is broken inside a word.

/** Lines of at most about `width` em, as far as the words allow. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((word) => word !== '')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && ems(`${last} ${word}`) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Cut to about `width` em; for places that tell the whole name elsewhere. */
export function shortened(name: string, width: number): string {
  if (ems(name) <= width) return name;
  let kept = '';
  for (const letter of name) {
    if (ems(`${kept}${letter}…`) > width) break;
    kept += letter;
  }
  return `${kept.trimEnd()}…`;
}

/** Rough width of a text: Korean letters fill their square, Latin ones about half of it. */
export function ems(text: string): number {
  return [...text].reduce((sum, letter) => sum + (letter > '\u2e80' ? 0.95 : 0.56), 0);
}
