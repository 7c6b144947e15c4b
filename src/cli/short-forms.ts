/** Words that may be typed first, in place of the words that they stand for. */
export const SHORT_FORMS: Readonly<Record<string, ShortForm>> = {
  doctor: { words: ['auth', 'doctor'], description: 'short for auth doctor' },
  status: { words: ['sync', 'status'], description: 'short for sync status' },
  version: { words: ['--version'], description: 'short for --version' },
};

interface ShortForm {
  readonly words: readonly string[];
  readonly description: string;
}

/** The word that asks for the help of the command after it. */
export const HELP = { name: 'help', description: 'show the help of the command that follows' };

/** Replaces a short form at the start of a command line by the words that it stands for. */
export function fullWords(typed: readonly string[]): readonly string[] {
  const [first = '', ...rest] = typed;
  const form = Object.hasOwn(SHORT_FORMS, first) ? SHORT_FORMS[first] : undefined;
  return form ? [...form.words, ...rest] : typed;
}
