// What is done again and again while the page is seen, and at once when it is seen or connected again.

/** How soon a server that did not answer is asked again. */
export const RETRY_EVERY_MS = 15_000;

/** Ends with the function that it returns. */
export function whileSeen(run: () => void, everyMs: number): () => void {
  const runIfSeen = () => {
    if (!document.hidden) run();
  };
  const timer = setInterval(runIfSeen, everyMs);
  const listening = new AbortController();
  window.addEventListener('online', runIfSeen, { signal: listening.signal });
  document.addEventListener('visibilitychange', runIfSeen, { signal: listening.signal });
  return () => {
    clearInterval(timer);
    listening.abort();
  };
}
