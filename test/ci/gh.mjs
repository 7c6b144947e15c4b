#!/usr/bin/env node
/**
 * Stands in for GitHub's `gh` in tests: keeps the comments of one pull request in the JSON file `GH_COMMENTS`, and
 * appends its arguments to `GH_CALLS`. It understands the calls of `publish/action.yml` and refuses every other.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';

const { GH_COMMENTS = '', GH_CALLS = '', GH_TOKEN } = process.env;
const words = process.argv.slice(2);
appendFileSync(GH_CALLS, `${JSON.stringify(words)}\n`);
// As `gh` itself, with its exit code for a missing token.
if (!GH_TOKEN) refuse(4, 'set the GH_TOKEN environment variable');

const comments = JSON.parse(readFileSync(GH_COMMENTS, 'utf8'));
const [command, ...rest] = words;
const method = valueOf('--method') ?? 'GET';
const body = valueOf('-F')?.replace(/^body=@/, '');
const path = rest.find((word) => word.startsWith('repos/'));
if (command !== 'api' || path === undefined) refuse(1, `unknown command: ${words.join(' ')}`);
const one = /^repos\/owner\/name\/issues\/comments\/(\d+)$/.exec(path)?.[1];
const ofPullRequest = path === 'repos/owner/name/issues/7/comments';

if (method === 'GET' && ofPullRequest && rest.includes('--paginate')) {
  for (const { id } of comments.filter(selectedBy(valueOf('--jq')))) console.log(id);
} else if (method === 'POST' && ofPullRequest) {
  const id = 1 + Math.max(0, ...comments.map((comment) => comment.id));
  save([...comments, { id, user: { type: 'Bot' }, body: readFileSync(body, 'utf8') }]);
} else if (method === 'PATCH' && one !== undefined) {
  const found = comments.find(({ id }) => String(id) === one) ?? refuse(1, 'Not Found (HTTP 404)');
  save(
    comments.map((comment) =>
      comment === found ? { ...comment, body: readFileSync(body, 'utf8') } : comment,
    ),
  );
} else refuse(1, `Not Found (HTTP 404): ${method} ${path}`);

function valueOf(option) {
  const place = words.indexOf(option);
  return place === -1 ? undefined : words[place + 1];
}

/** The filter, of the one form that the action uses. */
function selectedBy(filter = '') {
  const { type, start } =
    /^\.\[\] \| select\(\.user\.type == "(?<type>\w+)" and \(\.body \| startswith\("(?<start>[^"]+)"\)\)\) \| \.id$/.exec(
      filter,
    )?.groups ?? refuse(1, `unknown filter: ${filter}`);
  return (comment) => comment.user.type === type && comment.body.startsWith(start);
}

function save(changed) {
  writeFileSync(GH_COMMENTS, JSON.stringify(changed));
}

function refuse(code, message) {
  console.error(message);
  process.exit(code);
}
