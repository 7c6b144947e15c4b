import { expect, test } from '@jest/globals';
import { parseOwnerBlock } from '../../src/facts/health-body.js';

test.each([
  ['https://me:secret@sync.example/', 'https://sync.example/'],
  ['https://sync.example/?key=secret', 'https://sync.example/'],
  ['https://sync.example', 'https://sync.example'],
])('what an owner record says of its server is shown without credentials: %s', (server, shown) => {
  const owner = parseOwnerBlock({ server_url: server, auth_scope: `${server}|me@example.com|acme` });
  expect(owner).toMatchObject({ serverUrl: shown, authScope: `${shown}|me@example.com|acme` });
});

test('a scope that names no server stays as it is', () => {
  expect(parseOwnerBlock({ auth_scope: 'user' })).toMatchObject({ authScope: 'user', serverUrl: null });
});
