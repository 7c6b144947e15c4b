/**
 * Records what `spec-kitty demo` shows on a terminal as `docs/demo.svg`, one scene after the other in a loop.
 * Run it after a change of what the demo shows: `npm run build && node tools/record-demo.mjs`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const SECONDS_PER_SCENE = 6;
const COLUMNS = 100;
const LINE = 17;
const CHARACTER = 7.85;
/** A line of progress, which the text after it clears. */
const PROGRESS = /.*\r/g;

// With `spec-kitty` on the PATH, printed commands begin with it, and not with a path of this machine.
const bin = mkdtempSync(join(tmpdir(), 'record-demo-'));
symlinkSync(realpathSync('dist/bin.cjs'), join(bin, 'spec-kitty'));
const { stdout, status } = spawnSync(
  'python3',
  ['test/fixtures/python/terminal.py', String(COLUMNS), process.execPath, 'dist/bin.cjs', 'demo'],
  { encoding: 'utf8', env: { PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1' } },
);
rmSync(bin, { recursive: true });
if (status !== 0) throw new Error(`the demo ended with ${status}`);
writeFileSync('docs/demo.svg', draw(scenesOf(stdout)));

/**
 * Splits the output of the demo into scenes. A scene is a comment of the demo, with the command and output that follow.
 */
function scenesOf(text) {
  return stripVTControlCharacters(text)
    .replaceAll('\r\n', '\n')
    .replaceAll(PROGRESS, '')
    .replaceAll(/\/\S*?\/(home|other)\/\.spec-kitty/g, '/$1/me/.spec-kitty')
    .split(/\n(?=# )/)
    .map((scene) => scene.trim().split('\n'))
    .filter((lines) => lines.length > 1 || lines[0].startsWith('# The web'));
}

function draw(scenes) {
  const height = (Math.max(...scenes.map((lines) => lines.length)) + 2) * LINE;
  const width = Math.ceil(COLUMNS * CHARACTER) + 32;
  const total = scenes.length * SECONDS_PER_SCENE;
  const share = (100 / scenes.length).toFixed(3);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="spec-kitty demo">
<style>
  text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, monospace; fill: #d6deeb; white-space: pre; }
  .comment { fill: #7fdbca; font-weight: bold; } .command { fill: #ffffff; font-weight: bold; } .attention { fill: #ffcb6b; }
  .scene { opacity: 0; animation: show ${total}s step-end infinite; }
  .scene:first-of-type { opacity: 1; }
  @keyframes show { 0% { opacity: 1 } ${share}% { opacity: 0 } 100% { opacity: 0 } }
</style>
<rect width="100%" height="100%" rx="8" fill="#011627"/>
${scenes.map(drawScene).join('\n')}
</svg>
`;
}

function drawScene(lines, index) {
  const texts = lines.map((line, row) => {
    const cut = line.length > COLUMNS ? `${line.slice(0, COLUMNS - 1)}…` : line;
    return `<text x="16" y="${(row + 1.5) * LINE}"${styleOf(line)}>${escape(cut)}</text>`;
  });
  const delay = `style="animation-delay:${index * SECONDS_PER_SCENE}s"`;
  return `<g class="scene" ${delay}>\n${texts.join('\n')}\n</g>`;
}

function styleOf(line) {
  if (line.startsWith('#')) return ' class="comment"';
  if (line.startsWith('$')) return ' class="command"';
  return /^(?:!|Needs you)/.test(line) ? ' class="attention"' : '';
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
