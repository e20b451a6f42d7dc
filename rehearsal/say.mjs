/** What the rehearsal tells the person who watches: on stderr, so that `npm run -s lab -- … --json` keeps its stdout. */

const terminal = process.stderr.isTTY === true;

/** @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Says what is being done, how long it has been going on and how long it usually takes, until `body` is done.
 *
 * @template T
 * @param {string} what e.g. "Building the Pulumi engine from its Go modules"
 * @param {number} expectedSeconds on two idle cores
 * @param {() => Promise<T> | T} body
 * @returns {Promise<T>}
 */
export async function step(what, expectedSeconds, body) {
  const start = Date.now();
  const elapsed = () => Math.round((Date.now() - start) / 1000);
  const usual = expectedSeconds >= 5 ? `, usually about ${duration(expectedSeconds)}` : "";
  if (!terminal) say(`${what} …${usual.replace(",", "")}`);
  const show = () =>
    terminal ? process.stderr.write(`\r\x1b[K${what} … ${elapsed()} s${usual}`) : say(`  … ${duration(elapsed())}${usual}`);
  if (terminal) show();
  const ticking = setInterval(show, terminal ? 1000 : 30_000);
  try {
    const result = await body();
    if (terminal) process.stderr.write(`\r\x1b[K${what}: ${duration(elapsed())}\n`);
    else if (elapsed() >= 5) say(`  … done in ${duration(elapsed())}`);
    return result;
  } catch (error) {
    say(`${terminal ? "\r\x1b[K" : ""}${what}: FAILED after ${duration(elapsed())}`);
    throw error;
  } finally {
    clearInterval(ticking);
  }
}

/** @param {number} seconds */
export function duration(seconds) {
  return seconds < 100 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
