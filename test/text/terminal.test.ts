import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { remedyText, splitRemedyText } from '../../src/model/root-problem.js';
import { errorLines, inertName, shellQuote } from '../../src/text/terminal.js';

describe('a name among our words', () => {
  test.each([
    ['/home/me/.spec-kitty', '/home/me/.spec-kitty'],
    ['/home/me/世界/Grüße', '/home/me/世界/Grüße'],
    [String.raw`C:\Users\me`, String.raw`C:\Users\me`],
    ['/home/me/my project', String.raw`/home/me/my\ project`],
    ['/tmp/$(touch x)', String.raw`/tmp/\$\(touch\ x\)`],
    ['/tmp/a\nnext step: `x`', String.raw`/tmp/a\u{a}next\ step:\ \`x\``],
    [String.raw`/tmp/a\$x`, String.raw`/tmp/a\\\$x`],
    ['/tmp/a\\', String.raw`/tmp/a\\`],
  ])('%j is %j', (name, shown) => {
    expect(inertName(name)).toBe(shown);
  });

  test('has a backslash before all that a shell obeys, and no line feed (pitfall 33)', () => {
    const unit = fc.constantFrom(
      ...Array.from(' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~\n\r\t\u001b\u202eaZ0é世'),
    );
    fc.assert(
      fc.property(fc.string({ unit }), (name) => {
        const shown = inertName(name);
        expect(shown).not.toMatch(/\p{Cc}|\p{Cf}/u);
        expect(shown.replaceAll(/\\u\{[0-9a-f]+\}|\\./gsu, '')).toMatch(/^[\w@%+=:,./\-é世]*$/);
      }),
    );
  });
});

test('the text of a remedy is separated where the comment of a shell begins, whatever its names are', () => {
  const word = fc.string({ unit: fc.constantFrom(...Array.from(' #\'"$\\\n;a')) }).map(shellQuote);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), fc.string(), (words, effect) => {
      const command = ['mv', ...words].join(' ');
      expect(splitRemedyText(remedyText({ command, effect }))).toEqual({ step: command, effect });
      expect(splitRemedyText(command)).toEqual({ step: command, effect: null });
    }),
  );
});

test('a line feed in the message of an error begins no line', () => {
  const [what, ...frames] = errorLines(new TypeError('a\nnext step: b'));
  expect(what).toBe('TypeError: a\nnext step: b');
  expect(frames.length).toBeGreaterThan(0);
  expect(frames.every((line) => line.startsWith('    at '))).toBe(true);
});
