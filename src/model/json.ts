/** Narrowing of parsed JSON from sources that may say anything. What is not of the wanted type is null. */

const LONGEST_TEXT = 4096;

/**
 * A document that a Python program wrote, as Python's json module reads it: it takes NaN and Infinity, and 1.0 is no
 * integer. Both are replaced before JavaScript reads the rest, which it reads alike.
 * @throws SyntaxError where it is not JSON to Python either
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

/** An unended string is taken to the end of the text, so that no character is looked at twice. */
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
