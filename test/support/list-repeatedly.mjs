/**
 * Listens on ports 9400 to 9409 and lists the listeners a thousand times, while another process opens and closes fifty
 * listeners. Prints every distinct result.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { register } from 'node:module';
import { createServer } from 'node:net';

register('../../bench/typescript-hooks.mjs', import.meta.url);
const { listListeningSockets } = await import('../../src/machine/linux/sockets.ts');

const BYSTANDER = `
import socket
while True:
    opened = []
    for port in range(20000, 60000, 800):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.3", port))
        s.listen()
        opened.append(s)
    for s in opened: s.close()
    print("round", flush=True)
`;

const bystander = spawn('python3', ['-c', BYSTANDER], { stdio: ['ignore', 'pipe', 'inherit'] });
const servers = Array.from({ length: 10 }, (_, index) => createServer().listen(9400 + index, '127.0.0.1'));
await Promise.all(servers.map((server) => once(server, 'listening')));
await once(bystander.stdout, 'data');
bystander.stdout.resume();
const seen = new Set();
for (let look = 0; look < 1000; look++) {
  const listed = await listListeningSockets((port) => port < 10_000);
  seen.add(JSON.stringify(listed.value.map(({ port }) => port).toSorted()));
}
bystander.kill();
for (const server of servers) server.close();
process.stdout.write(JSON.stringify([...seen].map((ports) => JSON.parse(ports))));
