/**
 * Makes text that another process wrote harmless for a terminal: control characters, and the invisible ones that
 * change how a line reads, are shown as escapes (pitfall 33). The only way such text may reach a terminal.
 */
export function escapeForTerminal(text: string): string {
  if (HARMLESS.test(text)) return text;
  return text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Nearly every text: to ask Unicode about a character takes tables that are made at the first question. */
const HARMLESS = /^[ -~]*$/;

/** Control (Cc), format such as bidirectional overrides (Cf), line and paragraph separators, and lone surrogates. */
export const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
