// Links that the page follows by itself.

/** Whether a click asks for this page: a new tab or window is the browser's business. */
export function isPlain({ button, altKey, ctrlKey, metaKey, shiftKey }: MouseEvent): boolean {
  return button === 0 && !altKey && !ctrlKey && !metaKey && !shiftKey;
}

/** For a link that `go` follows in place of the browser. */
export function inPlace(go: () => void): (event: MouseEvent) => void {
  return (event) => {
    if (!isPlain(event)) return;
    event.preventDefault();
    event.stopPropagation();
    go();
  };
}
