import { machine } from '../support/local-machine.js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedScope, queueScope, workScope } from '../../src/sync/account.js';
import { ENVIRONMENT, QueueRoot, TEAM_SLUG, USER } from '../support/queue-files.js';

const SERVER = 'https://sync.example.com';

describe('which queue, and whether anything may be sent', () => {
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

  test('signed in, with token and private team: ready', () => {
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

  test('what is shown of it: the queue, the account and the server', () => {
    expect(workScope(machine.observer, root.path, {})).toEqual({
      queueDbPath: root.queuePath,
      authScope: `${SERVER}|${USER}|${TEAM_SLUG}`,
      serverUrl: SERVER,
    });
    root.write('credentials', '');
    const nobody = { queueDbPath: join(root.path, 'queue.db'), authScope: null, serverUrl: null };
    expect(workScope(machine.observer, root.path, {})).toEqual(nobody);
  });

  test('a name that is too long for a record is not shown, and the queue still is', () => {
    root.signIn(SERVER, 'm'.repeat(2000));
    const works = { queueDbPath: root.queuePath, authScope: null, serverUrl: null };
    expect(workScope(machine.observer, root.path, {})).toEqual(works);
  });

  test('an address that carries a password is not shown', () => {
    root.signIn('https://me:secret@sync.example.com');
    expect(JSON.stringify(workScope(machine.observer, root.path, {}))).not.toContain('secret');
  });

  test('the digest is that of the released programs: trimmed, lower-cased, without trailing slashes', () => {
    // printf 'https://sync.example.com|me@example.com|acme' | sha256sum
    const known = join(root.path, 'queues', 'queue-cf0ae5c926fb0d4c.db');
    expect(scope().queuePath).toBe(known);
    root.signIn(' HTTPS://Sync.Example.COM// ', ' Me@Example.com', 'ACME ');
    expect(scope().queuePath).toBe(known);
  });

  test('the server is that of credentials, else of the environment, else of config.toml', () => {
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
  ])('%s in credentials: not signed in, and the queue is that of nobody', async (_name, credentials) => {
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
  ])('%s: idle, with the queue whose events wait and no secret in it (%#)', (why, environment) => {
    const idle = scope(environment);
    expect(idle).toMatchObject({ kind: 'idle', why, queuePath: root.queuePath });
    expect(JSON.stringify(idle)).not.toContain('token-of-the-test');
  });

  test('no team slug: not even the queue is known', () => {
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
  ])('the server %s gets no token', (server, detail) => {
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
  ])('the server %s does', (server) => {
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
  ])('%s that does not say clearly what it should: idle, with the place', (file, text, detail) => {
    root.write(file, text);
    const idle = scope();
    expect(idle).toMatchObject({ why: 'unreadable', detail: expect.stringContaining(detail) });
    expect(JSON.stringify(idle)).not.toContain('s3cret');
  });

  describe('a checkout', () => {
    const checkout = (): string => join(root.path, 'checkout');
    const override = (path: string, value: string): void => {
      root.write('config.toml', `[sync.checkout_overrides."${path}"]\nenabled = ${value}\n`);
    };
    beforeEach(() => {
      mkdirSync(join(checkout(), 'src'), { recursive: true });
      symlinkSync(checkout(), join(root.path, 'link'));
    });

    test.each<readonly [string, () => string, () => string, string]>([
      ['itself', checkout, checkout, 'false'],
      ['through a link', () => join(root.path, 'link'), checkout, 'false'],
      ['a folder within', () => join(checkout(), 'src'), checkout, 'false'],
      ['with an override that is unclear', checkout, checkout, '"no"'],
    ])('%s opts out: nothing is sent', (_name, asked, named, value) => {
      override(named(), value);
      expect(scope(ENVIRONMENT, asked())).toMatchObject({ why: 'opted_out', queuePath: root.queuePath });
    });

    test('another one, or an override that permits, does not', () => {
      override(checkout(), 'false');
      expect(scope(ENVIRONMENT, `${checkout()}-2`)).toMatchObject({ kind: 'ready' });
      expect(scope(ENVIRONMENT, null)).toMatchObject({ kind: 'ready' });
      override(checkout(), 'true');
      expect(scope(ENVIRONMENT, checkout())).toMatchObject({ kind: 'ready' });
    });
  });

  describe('held to the account of its start', () => {
    test('sends for that one only: the token is not known to be of another', () => {
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

    test('started with nobody signed in, it never sends', () => {
      root.write('credentials', '');
      const read = pinnedScope(machine.observer, root.path, ENVIRONMENT, null);
      expect(read()).toMatchObject({ why: 'not_signed_in' });
      root.signIn(SERVER);
      expect(read()).toMatchObject({ why: 'account_changed' });
    });
  });
});
