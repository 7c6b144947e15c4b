/* Narrows JSON values that other programs wrote, and that may have any type. A value of another type becomes null. */

/** Limit of a text in UTF-16 code units. A longer text becomes null. */
const LONGEST_TEXT = 4096;

/**
 * Parses JSON that Python's `json` module wrote. Python accepts NaN and Infinity, and does not take 1.0 for an integer;
 * JavaScript differs in both. So NaN and Infinity become null, and a float with an integer value becomes 0.5, which
 * `integerOf` rejects.
 * @throws SyntaxError for a text that Python rejects too
 */
export function parsePythonJson(text: string): unknown {
  return JSON.parse(
    text.replace(STRING_OR_NUMBER, (part) => {
      if (part.startsWith('"')) return part;
      if (/[IN]/.test(part)) return 'null';
      return /[.eE]/.test(part) && Number.isInteger(Number(part)) ? '0.5' : part;
    }),
  );
}

/**
 * A JSON string or number. An unterminated string matches up to the end of the text, so that matching takes linear
 * time.
 */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\[^])*"?|-?Infinity|NaN|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.length <= LONGEST_TEXT ? value : null;
}

export function integerOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}
