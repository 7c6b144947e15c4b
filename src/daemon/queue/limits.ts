/** What one upload may carry at most; the bytes are those before compression. */
export const MAX_EVENTS = 1000;
export const MAX_BODY_BYTES = 235_929;

/** How long an upload may take, from connecting to the last byte of the answer. */
export const UPLOAD_DEADLINE_MS = 60_000;

/** Between two drains that came to nothing. */
export const LONGEST_PAUSE_MS = 30_000;
export const SHORTEST_PAUSE_MS = 1000;
