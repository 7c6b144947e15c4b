/** Milliseconds on a clock that nobody sets. Not Node's `performance`, which takes a millisecond to load. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
