// Where the focus goes when what had it is gone.

/** To the page itself, from which the keyboard goes on. */
export function focusContent(): void {
  document.getElementById('content')?.focus({ preventScroll: true });
}
