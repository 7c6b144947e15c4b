import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { CAPABILITIES, CAPABILITY_WORDS, PLATFORM_CAPABILITIES } from '../../src/model/capabilities.js';

const PAGE = readFileSync('docs/platforms.md', 'utf8');

test('the page has the capabilities of each platform as the program has them', () => {
  const columns = ['linux', 'darwin', 'win32', 'other'] as const;
  const rows = CAPABILITIES.map((name) => {
    const cells = columns.map((platform) => (PLATFORM_CAPABILITIES[platform][name] ? 'yes' : 'no'));
    return `| ${CAPABILITY_WORDS[name]} | \`${name}\` | ${cells.join(' | ')} |`;
  });
  const head = '| | in JSON | Linux | macOS | Windows | other |\n|---|---|---|---|---|---|\n';
  expect(PAGE).toContain(`${head}${rows.join('\n')}\n\n`);
});
