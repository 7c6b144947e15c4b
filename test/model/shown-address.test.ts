import { expect, test } from '@jest/globals';
import { shownScope, shownServer } from '../../src/model/shown-address.js';

test.each([
  'https://user:1/rest-of-password@host',
  'https://user:1/rest-of-password%40host',
  'https://user:1/rest-of-password\uFF20host',
  'https://user:1/rest-of-password%2540host',
  'https://user:1/rest-of-password\uFE6Bhost',
  'https://user:1/rest-of-password%EF%25B9%ABhost',
  'https://user:1/rest-of-password%25%34%30host',
])('%s is not shown, because a password may stand before the `@`, plain or encoded', (address) => {
  expect([shownServer(address), shownScope(`${address}|user|team`)]).toEqual([null, null]);
});

test('an address with a path is shown', () => {
  expect(shownServer('https://host.example:8443/sync/v1')).toBe('https://host.example:8443/sync/v1');
});
