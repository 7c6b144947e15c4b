import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Endpoint, peersOwnedBy } from '../../src/machine/linux/peer-owners.js';

const ADDRESS = '127.0.0.1';

describe('the user of the other end of a connection', () => {
  const open: (Server | Socket)[] = [];
  afterEach(() => {
    for (const each of open.splice(0)) {
      if ('destroy' in each) each.destroy();
      else each.close();
    }
  });
  const ownUid = process.geteuid?.() ?? -1;

  /** Opens a connection that the server does not read. */
  async function connection(from = ADDRESS) {
    const server = createServer({ pauseOnConnect: true }).listen(0, ADDRESS);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({ host: ADDRESS, port, localAddress: from });
    const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
      [Socket],
      unknown,
    ];
    open.push(server, accepted, client);
    const peer: Endpoint = { address: from, port: client.localPort ?? 0 };
    return { local: { address: ADDRESS, port }, peer, client };
  }

  test.each([ADDRESS, '127.1.2.3'])('is read from the kernel for a connection from %s', async (from) => {
    const { local, peer } = await connection(from);
    const unconnected = { ...peer, port: 1 };
    expect(await peersOwnedBy(ownUid, local, [unconnected, peer])).toEqual(new Set([peer]));
    expect(await peersOwnedBy(ownUid + 1, local, [peer])).toEqual(new Set());
  });

  test('is unknown once its process has closed it, although the kernel then shows root', async () => {
    const { local, peer, client } = await connection();
    // More than the buffers of both ends hold, so some of it stays unsent.
    client.write(Buffer.alloc(64 * 1024 * 1024));
    expect(await peersOwnedBy(ownUid, local, [peer])).toEqual(new Set([peer]));
    client.destroy();
    await once(client, 'close');
    expect(await peersOwnedBy(0, local, [peer])).toEqual(new Set());
  });
});
