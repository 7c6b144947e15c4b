import { SHIPPED_TEXT } from '../../builders/policy.js';
import type { PolicyFolder, CommandResult } from '../../support/policy-folder.js';

export const LOOSER = change(
  '{ class: never_touch, reason: third_party }',
  '{ class: operator_required, reason: third_party }',
);
export const STRICTER = change(
  '{ class: operator_required, reason: pre_marker }',
  '{ class: never_touch, reason: pre_marker }',
);
export const REWORDED = change('reason: cross_root', 'reason: another_root');

/** The shipped policy after one change. */
export function change(from: string | RegExp, to: string): string {
  const text = SHIPPED_TEXT.replace(from, to);
  if (text === SHIPPED_TEXT) throw new Error(`nothing changed: ${String(from)}`);
  return text;
}

/** The shipped policy with two rules in the other order, which has no effect, and another comment. */
export function reordered(): string {
  const [, guard = '', next = ''] =
    /(\n {2}- id: other-user[^]*?)(\n\n {2}- id: owner-unknown[^]*?)\n\n/.exec(SHIPPED_TEXT) ?? [];
  return change(guard + next, `\n  # words${next}\n${guard}`);
}

/** Runs `policy diff` between a committed text and a new one. */
export function diffIn(
  folder: PolicyFolder,
  text: string,
  words: readonly string[] = [],
  before = SHIPPED_TEXT,
): CommandResult {
  folder.write('policy/sync.yaml', before);
  folder.commit();
  folder.write('policy/sync.yaml', text);
  return folder.policy(['diff', '--against', 'HEAD', 'policy/sync.yaml', ...words]);
}
