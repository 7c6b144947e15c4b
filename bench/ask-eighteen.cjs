/** Probes the health of the eighteen daemons of the incident concurrently, and does nothing else. */
const { connect } = require('node:net');

const FIRST = 9401;
const COUNT = 18;
let left = COUNT;
for (let port = FIRST; port < FIRST + COUNT; port++) {
  let answer = '';
  connect({ host: '127.0.0.1', port })
    .setEncoding('latin1')
    .on('data', (piece) => (answer += piece))
    .on('end', () => {
      if (answer.startsWith('HTTP/1.0 200 ')) left--;
    })
    .write(`GET /api/health HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
}
process.on('exit', () => {
  process.exitCode = left;
});
