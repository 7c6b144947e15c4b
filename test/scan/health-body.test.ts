import { expect, test } from '@jest/globals';
import { parseOwnerBlock } from '../../src/scan/health.js';

test.each([
  ['https://me:secret@sync.example/', 'https://sync.example/'],
  ['https://sync.example/?key=secret', 'https://sync.example/'],
  ['https://sync.example', 'https://sync.example'],
])('shows the server of an owner record without credentials: %s', (server, shown) => {
  const owner = parseOwnerBlock({ server_url: server, auth_scope: `${server}|me@example.com|acme` });
  expect(owner).toMatchObject({ serverUrl: shown, authScope: `${shown}|me@example.com|acme` });
});

test.each([
  'user',
  'https://sync.example|me@example.com',
  'https://sync.example|me:secret@host|acme',
  'https://me:1|secret@sync.example|me@example.com|acme',
])('does not show a scope that is not exactly server, user and team: %s', (scope) => {
  expect(parseOwnerBlock({ auth_scope: scope })).toMatchObject({ authScope: null, serverUrl: null });
});

test.each(['postgres://me:secret@host/db', '//me:secret@host/db', 'queue.db'])(
  'does not show a queue file whose path is not absolute: %s',
  (path) => {
    expect(parseOwnerBlock({ queue_db_path: path })?.queueDbPath).toBeNull();
  },
);
