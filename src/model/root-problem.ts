import type { Family } from './family.js';

/** Why a file or folder of ours in a root cannot be used. Each cause has a remedy of its own. */
export type RootProblem =
  /** Something else is in its place: a folder, a FIFO, a link. */
  | { readonly kind: 'wrong_type'; readonly path: string; readonly expected: 'file' | 'folder' }
  /** As `wrong_type`, in place of the state file: it may stand for a good one, so it is not moved by hand. */
  | {
      readonly kind: 'no_state_file';
      readonly path: string;
      readonly family: Family;
      readonly isLink: boolean;
    }
  /** A path that the user named is no folder. It may be a file that is needed elsewhere, so it is not put aside. */
  | { readonly kind: 'no_folder'; readonly path: string }
  /** They belong to another user, most often the superuser: a command was run with sudo once. */
  | { readonly kind: 'owned_by_other'; readonly paths: readonly string[]; readonly owner: number }
  /** Everything in this folder belongs to the superuser, as after `sudo` in a home without a root. */
  | { readonly kind: 'root_of_superuser'; readonly path: string }
  /** It is ours, and its mode does not let us use it. */
  | { readonly kind: 'mode'; readonly path: string; readonly isFolder: boolean }
  | { readonly kind: 'read_only'; readonly path: string }
  /** The root is missing, and this folder above it does not let us create it. */
  | { readonly kind: 'not_creatable'; readonly folder: string }
  | { readonly kind: 'unreachable'; readonly path: string; readonly why: string };

/** What to do: a command, and what the command does; or words only. */
export interface Remedy {
  readonly command: string | null;
  readonly effect: string;
}

/** A problem in words. */
export interface ExplainedProblem {
  readonly detail: string;
  readonly remedy: Remedy;
}

/** Returns a remedy as one text, for a field of a JSON document: the command with its effect as a comment, or the words. */
export function remedyText({ command, effect }: Remedy): string {
  return command === null ? effect : `${command}${BEFORE_EFFECT}${effect}`;
}

/** Separates the text of a remedy: what to type, or words, and the effect of a command, if the text has one. */
export function splitRemedyText(text: string): { readonly step: string; readonly effect: string | null } {
  // The first words that could be a command, with its quotes: a name in quotes may look like a comment.
  const [command = ''] = COMMAND.exec(text) ?? [];
  return text.startsWith(BEFORE_EFFECT, command.length)
    ? { step: command, effect: text.slice(command.length + BEFORE_EFFECT.length) }
    : { step: text, effect: null };
}

const BEFORE_EFFECT = '  # ';

/** The longest start of a text without two blanks outside of quotes, as `shellQuote` writes them. */
const COMMAND = /^(?:\$'(?:\\.|[^'\\])*'|'[^']*'|"[^"]*"|\\.| (?! )|[^\s'"\\])*/;
