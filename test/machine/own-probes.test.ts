import { afterEach, expect, test } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConnections } from '../../src/machine/linux/connections.js';
import { listListeningSockets } from '../../src/machine/linux/sockets.js';
import { describeIf, hasPython, python } from '../support/requires.js';
import { until } from '../support/until.js';

const SYN_SENT = '02';

/*
 * A healthy daemon that is idle has no connection and uses no CPU time. If another user makes the probes of a reset
 * unanswered, it looks stuck.
 */
describeIf([hasPython], 'a daemon that does not answer our probe', () => {
  const programs: ChildProcess[] = [];
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const program of programs.splice(0)) await end(program);
  });
  const end = async (program: ChildProcess) => {
    if (program.signalCode !== null) return;
    program.kill('SIGKILL');
    await once(program, 'exit');
  };

  /** Starts a fixture that says `listening`, and returns it with what it prints. */
  const start = async (name: string, ...words: readonly number[]) => {
    const program = spawn(
      python,
      [`${import.meta.dirname}/../fixtures/python/${name}`, ...words.map(String)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    programs.push(program);
    let printed = '';
    program.stdout.on('data', (text: Buffer) => (printed += text.toString()));
    const prints = (word: string) => until(() => printed.includes(word));
    await prints('listening');
    return { program, pid: program.pid ?? 0, prints };
  };
  const freePort = async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    return port;
  };
  const probe = (port: number, from: { localAddress: string; localPort?: number }) => {
    const socket = connect({ host: '127.0.0.1', port, ...from }).on('error', () => undefined);
    sockets.push(socket);
    return socket;
  };
  /** Waits until the first packet of a probe was dropped. */
  const dropped = (port: number) =>
    until(() => readFileSync('/proc/net/tcp', 'latin1').includes(`0100007F:${hex(port)} ${SYN_SENT} `));
  const connectionsOf = async (pid: number, port: number) => {
    const listening = await listListeningSockets((other) => other === port);
    const [listener] = listening.ok ? listening.value : [];
    if (!listener) throw new Error('nothing listens');
    return readConnections(pid, listener);
  };
  const NOT_WITH_IT = { ok: false, why: expect.stringContaining('a health probe was lost') };

  test('has no other connection if the probe waits in its queue', async () => {
    const port = await freePort();
    const { pid } = await start('never_accepts.py', port);
    await once(probe(port, { localAddress: '127.3.3.1' }), 'connect');
    expect(await connectionsOf(pid, port)).toEqual({ ok: true, value: [] });
  });

  test('has no other connection if its queue is full', async () => {
    const port = await freePort();
    const { pid } = await start('never_accepts.py', port);
    await once(probe(port, { localAddress: '127.3.3.1' }), 'connect');
    probe(port, { localAddress: '127.3.3.2' });
    await dropped(port);
    expect(await connectionsOf(pid, port)).toEqual({ ok: true, value: [] });
  });

  test('is not proven to be silent while a closed socket of another process has the probe', async () => {
    const port = await freePort();
    const loser = await start('lose_connection.py', port);
    const { pid } = await start('never_accepts.py', port);
    await once(probe(port, { localAddress: '127.3.3.1' }), 'connect');
    probe(port, { localAddress: '127.3.3.2' });
    await loser.prints('lost');
    await sleep(300);
    expect(await connectionsOf(pid, port)).toMatchObject(NOT_WITH_IT);
  });

  test('is not proven to be silent if the probe is lost although its queue is empty', async () => {
    const port = await freePort();
    const clientPort = await freePort();
    const loser = await start('lose_connection.py', port, clientPort);
    const { pid } = await start('never_accepts.py', port);
    probe(port, { localAddress: '127.0.0.1', localPort: clientPort });
    await dropped(port);
    await end(loser.program);
    expect(await connectionsOf(pid, port)).toMatchObject(NOT_WITH_IT);
  });
});

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
