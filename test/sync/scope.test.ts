import { machine } from '../support/local-machine.js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedScope, queueScope, workScope } from '../../src/sync/account.js';
import { ENVIRONMENT, QueueRoot, TEAM_SLUG, USER } from '../support/queue-files.js';

const SERVER = 'https://sync.example.com';

describe('the queue scope', () => {
  let root: QueueRoot;
  beforeEach(() => {
    root = new QueueRoot();
    root.signIn(SERVER);
  });
  afterEach(async () => {
    await root.close();
  });

  const scope = (environment: Record<string, string> = ENVIRONMENT, checkout: string | null = null) =>
    queueScope(machine.observer, root.path, environment, checkout);

  test('is ready with an account, a token and a private team', () => {
    expect(scope()).toEqual({
      kind: 'ready',
      queuePath: root.queuePath,
      server: SERVER,
      user: USER,
      teamSlug: TEAM_SLUG,
      team: ENVIRONMENT.SPEC_KITTY_TEAM_ID,
      token: ENVIRONMENT.SPEC_KITTY_ACCESS_TOKEN,
    });
    expect(existsSync(root.queuePath)).toBe(false);
  });

  test('is shown as queue file, account and server', () => {
    expect(workScope(machine.observer, root.path, {})).toEqual({
      queueDbPath: root.queuePath,
      authScope: `${SERVER}|${USER}|${TEAM_SLUG}`,
      serverUrl: SERVER,
    });
    root.write('credentials', '');
    const signedOut = { queueDbPath: join(root.path, 'queue.db'), authScope: null, serverUrl: null };
    expect(workScope(machine.observer, root.path, {})).toEqual(signedOut);
  });

  test('is shown without an account name that is too long for a record', () => {
    root.signIn(SERVER, 'm'.repeat(2000));
    const works = { queueDbPath: root.queuePath, authScope: null, serverUrl: null };
    expect(workScope(machine.observer, root.path, {})).toEqual(works);
  });

  test('is shown without a server address that contains a password', () => {
    root.signIn('https://me:secret@sync.example.com');
    expect(JSON.stringify(workScope(machine.observer, root.path, {}))).not.toContain('secret');
  });

  test('has the queue file of the released programs: trimmed, lower-cased, without trailing slashes', () => {
    // printf 'https://sync.example.com|me@example.com|acme' | sha256sum
    const known = join(root.path, 'queues', 'queue-cf0ae5c926fb0d4c.db');
    expect(scope().queuePath).toBe(known);
    root.signIn(' HTTPS://Sync.Example.COM// ', ' Me@Example.com', 'ACME ');
    expect(scope().queuePath).toBe(known);
  });

  test('has the server of credentials, else of the environment, else of config.toml', () => {
    const fromEnvironment = { ...ENVIRONMENT, SPEC_KITTY_SAAS_URL: 'https://environment.example.com/' };
    root.write('config.toml', '[sync]\nserver_url = "https://config.example.com"\n');
    expect(scope(fromEnvironment)).toMatchObject({ server: SERVER });
    root.write('credentials', `[user]\nusername = "${USER}"\nteam_slug = "${TEAM_SLUG}"\n`);
    expect(scope(fromEnvironment)).toMatchObject({ server: 'https://environment.example.com' });
    expect(scope()).toMatchObject({ server: 'https://config.example.com' });
    root.write('config.toml', '');
    expect(scope()).toMatchObject({ why: 'no_server', queuePath: null });
  });

  test.each([
    ['nothing', null],
    ['no user', '[server]\nurl = "https://sync.example.com"\n'],
    ['an empty user', '[user]\nusername = " "\nteam_slug = "acme"\n'],
  ])('is not_signed_in with queue.db: %s in credentials', async (_name, credentials) => {
    await root.close();
    if (credentials !== null) root.write('credentials', credentials);
    expect(scope()).toMatchObject({ why: 'not_signed_in', queuePath: join(root.path, 'queue.db') });
  });

  test.each<readonly [string, Record<string, string>]>([
    ['no_token', { SPEC_KITTY_TEAM_ID: 'team-4711' }],
    ['no_token', { ...ENVIRONMENT, SPEC_KITTY_ACCESS_TOKEN: ' ' }],
    ['no_token', { ...ENVIRONMENT, SPEC_KITTY_ACCESS_TOKEN: 'token\r\nX-Team-Slug: other' }],
    ['no_team', { SPEC_KITTY_ACCESS_TOKEN: 'token-of-the-test' }],
    ['no_team', { ...ENVIRONMENT, SPEC_KITTY_TEAM_ID: 'a team' }],
  ])('is idle with the queue file and no secret: %s (%#)', (why, environment) => {
    const idle = scope(environment);
    expect(idle).toMatchObject({ kind: 'idle', why, queuePath: root.queuePath });
    expect(JSON.stringify(idle)).not.toContain('token-of-the-test');
  });

  test('has no queue file without a team slug', () => {
    root.write('credentials', `[user]\nusername = "${USER}"\n[server]\nurl = "${SERVER}"\n`);
    expect(scope()).toMatchObject({ why: 'no_team', queuePath: null });
  });

  test.each([
    ['http://sync.example.com', 'the token is sent by https only'],
    ['http://127.0.0.1.example.com', 'the token is sent by https only'],
    ['http://10.0.0.1:8000', 'the token is sent by https only'],
    ['ftp://sync.example.com', 'the token is sent by https only'],
    ['https://user:password@sync.example.com', 'more than an address'],
    ['https://sync.example.com/?to=', 'more than an address'],
    ['sync.example.com', 'not a URL'],
  ])('refuses the server %s', (server, detail) => {
    root.signIn(server);
    expect(scope()).toMatchObject({
      why: 'server_refused',
      detail: expect.stringContaining(detail),
      queuePath: root.queuePath,
    });
    expect(JSON.stringify(scope())).not.toContain('password');
  });

  test.each([
    'http://localhost:8000',
    'http://127.0.0.1:8000',
    'http://[::1]:8000',
    'https://x.example/base/',
  ])('accepts the server %s', (server) => {
    root.signIn(server);
    expect(scope()).toMatchObject({ kind: 'ready', server: server.replace(/\/$/, '') });
  });

  test.each([
    ['credentials', '[user\nusername = "me"', 'credentials:1:6: '],
    [
      'credentials',
      '[user]\nusername = "me"\nteam_slug = 7\n',
      'credentials: [user] team_slug is not a string',
    ],
    ['credentials', 'user = "me"\n', 'credentials: user is not a table'],
    ['config.toml', '[sync]\nx = = "s3cret"\n', 'config.toml:2:5: '],
  ])('is idle with the place of the error in %s', (file, text, detail) => {
    root.write(file, text);
    const idle = scope();
    expect(idle).toMatchObject({ why: 'unreadable', detail: expect.stringContaining(detail) });
    expect(JSON.stringify(idle)).not.toContain('s3cret');
  });

  describe('of a checkout', () => {
    const checkout = (): string => join(root.path, 'checkout');
    const override = (path: string, value: string): void => {
      root.write('config.toml', `[sync.checkout_overrides."${path}"]\nenabled = ${value}\n`);
    };
    beforeEach(() => {
      mkdirSync(join(checkout(), 'src'), { recursive: true });
      symlinkSync(checkout(), join(root.path, 'link'));
    });

    test.each<readonly [string, () => string, () => string, string]>([
      ['the checkout itself', checkout, checkout, 'false'],
      ['through a link', () => join(root.path, 'link'), checkout, 'false'],
      ['a folder within', () => join(checkout(), 'src'), checkout, 'false'],
      ['the checkout with an invalid override', checkout, checkout, '"no"'],
    ])('is opted_out: %s', (_name, asked, named, value) => {
      override(named(), value);
      expect(scope(ENVIRONMENT, asked())).toMatchObject({ why: 'opted_out', queuePath: root.queuePath });
    });

    test('is ready for another checkout, and with an override that permits sync', () => {
      override(checkout(), 'false');
      expect(scope(ENVIRONMENT, `${checkout()}-2`)).toMatchObject({ kind: 'ready' });
      expect(scope(ENVIRONMENT, null)).toMatchObject({ kind: 'ready' });
      override(checkout(), 'true');
      expect(scope(ENVIRONMENT, checkout())).toMatchObject({ kind: 'ready' });
    });
  });

  describe('of a daemon', () => {
    test('is ready only for the account that was signed in at its start', () => {
      const read = pinnedScope(machine.observer, root.path, ENVIRONMENT, null);
      expect(read()).toMatchObject({ kind: 'ready' });
      root.signIn(SERVER, 'you@example.com');
      expect(read()).toMatchObject({ why: 'account_changed', queuePath: root.queuePath });
      root.signIn(SERVER, USER, 'globex');
      expect(read()).toMatchObject({ why: 'account_changed' });
      root.signIn('https://other.example.com');
      expect(read()).toMatchObject({ why: 'account_changed' });
      root.signIn(SERVER);
      expect(read()).toMatchObject({ kind: 'ready' });
    });

    test('is never ready if no account was signed in at its start', () => {
      root.write('credentials', '');
      const read = pinnedScope(machine.observer, root.path, ENVIRONMENT, null);
      expect(read()).toMatchObject({ why: 'not_signed_in' });
      root.signIn(SERVER);
      expect(read()).toMatchObject({ why: 'account_changed' });
    });
  });
});
