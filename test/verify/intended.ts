/* eslint max-lines: off -- a table has as many rows as there are texts that changed */

/** A text of the reference that was changed on purpose. */
export interface IntendedChange {
  /** As `npm run verify` prints it; `<pid>` stands for any process. With a pattern, `is` may say `$1`. */
  readonly was: string | RegExp;
  readonly is: string;
  /** Why it is better, in one line. */
  readonly reason: string;
}

const PLAIN = 'a first-time reader understands every word';

/**
 * The only differences from the reference that are allowed: texts for people. Codes, fields, exit codes and acts have
 * none. A row that no run needs fails the run, so that the table never forgives what nobody looked at. A run prints the
 * row for each text that differs; with SPEC_KITTY_VERIFY_ONCE=1 it plays each scenario once, which is enough for that.
 */
export const INTENDED: readonly IntendedChange[] = [
  {
    was: '  auth  look after the background daemons of this user\n  sync  the one background daemon that uploads your events\n  dashboard [options]  show the daemons of both families, and what each needs,\n  on a local page\n  policy  check, prove, compare and test the policy that decides\n  demo  play the incident of 18 orphans through in a throw-away\n  world, in under a minute\n  completion <shell>  print a script that completes the words of spec-kitty in\n  your shell\n',
    is: '  auth  find and clean up the background daemons of this user\n  sync  the background daemon that uploads your events\n  dashboard [options]  show the sync daemons and dashboards, and what to do\n  about each, on a local page\n  policy  check, prove, compare and test the policy that classifies\n  listeners\n  demo  play the incident of 18 orphaned daemons in a temporary\n  folder, in under a minute\n  completion <shell>  print a script that completes the commands and options of\n  spec-kitty in your shell\n',
    reason: PLAIN,
  },
  {
    was: 'look after the background daemons of this user',
    is: 'find and clean up the background daemons of this user',
    reason: PLAIN,
  },
  {
    was: 'find every listener on the sync ports (9400-9449), say what',
    is: 'list every listener on the sync ports (9400-9449), say what',
    reason: PLAIN,
  },
  { was: 'it is, and clean up on request', is: 'each is, and clean up with --reset', reason: PLAIN },
  {
    was: 'find every listener on the sync ports (9400-9449), say what it is, and clean up',
    is: 'list every listener on the sync ports (9400-9449), say what each is, and clean',
    reason: PLAIN,
  },
  { was: 'on request', is: 'up with --reset', reason: PLAIN },
  {
    was: 'how to print it (choices: "text", "json", "openmetrics",',
    is: 'format of the report (choices: "text", "json",',
    reason: PLAIN,
  },
  { was: 'default: "text")', is: '"openmetrics", default: "text")', reason: PLAIN },
  {
    was: 'write it to this file, whole or not at all, for all to',
    is: 'write the report to this file instead, atomically and',
    reason: PLAIN,
  },
  { was: 'read', is: 'readable by all users', reason: PLAIN },
  {
    was: 'show the evidence and the rules behind each verdict, or',
    is: 'show the evidence and the rules behind every class, or',
    reason: PLAIN,
  },
  { was: 'one: PORT or pid:PID', is: 'behind one: PORT or pid:PID', reason: PLAIN },
  {
    was: 'retire the orphaned daemons, and those that need your',
    is: 'retire the orphans (safe_auto) and the daemons that you',
    reason: PLAIN,
  },
  { was: 'decision', is: 'decide about (operator_required)', reason: PLAIN },
  {
    was: 'with --reset: act on this class only (choices:',
    is: 'with --reset: act on this class only (safe to retire, or',
    reason: PLAIN,
  },
  {
    was: '"safe_auto", "operator_required")',
    is: 'you decide) (choices: "safe_auto", "operator_required")',
    reason: PLAIN,
  },
  {
    was: 'with --reset: print what would be done, and do nothing',
    is: 'with --reset: print what it would do, and do nothing',
    reason: PLAIN,
  },
  {
    was: 'judge by this policy instead of the shipped one',
    is: 'classify by this policy instead of the shipped one',
    reason: PLAIN,
  },
  {
    was: 'save what was read, without secrets, to be judged again',
    is: 'save the scan without secrets, for --facts on any machine',
    reason: PLAIN,
  },
  {
    was: '  elsewhere',
    is: '  --facts <file>  classify the listeners of a saved scan instead of this',
    reason: PLAIN,
  },
  { was: '  --facts <file>  judge saved facts instead of this machine', is: '  machine', reason: PLAIN },
  {
    was: 'where to look; only what procfs (Linux) saw is ever acted',
    is: 'where to read processes from; --reset acts only on what',
    reason: PLAIN,
  },
  {
    was: 'on (choices: "procfs", "systeminformation", default:',
    is: 'procfs (Linux) shows (choices: "procfs",',
    reason: PLAIN,
  },
  { was: '"procfs")', is: '"systeminformation", default: "procfs")', reason: PLAIN },
  {
    was: 'what is there, and what to do about it',
    is: 'what listens, and what to do about it',
    reason: PLAIN,
  },
  { was: 'why port 9405 got its verdict', is: 'why port 9405 has its class', reason: PLAIN },
  { was: 'clean up', is: 'retire them', reason: PLAIN },
  { was: 'for a textfile collector', is: 'metrics for node_exporter', reason: PLAIN },
  {
    was: 'the one background daemon that uploads your events',
    is: 'the background daemon that uploads your events',
    reason: PLAIN,
  },
  {
    was: 'see to it that one healthy daemon runs, retire stale ones,',
    is: 'ensure that one healthy daemon runs, retire stale ones, and',
    reason: PLAIN,
  },
  { was: 'and have it upload what waits', is: 'upload the waiting events', reason: PLAIN },
  {
    was: 'the same without asking for an upload; also where the daemon',
    is: 'ensure that one healthy daemon runs, without an upload;',
    reason: PLAIN,
  },
  {
    was: 'is kept from starting by itself',
    is: 'works also where SPEC_KITTY_SYNC_DISABLE is set',
    reason: PLAIN,
  },
  {
    was: 'stop the recorded daemon of this root, and no other',
    is: 'stop the recorded daemon of this runtime root, and no other',
    reason: PLAIN,
  },
  {
    was: 'see to it that one healthy daemon runs, retire stale ones, and have it upload',
    is: 'ensure that one healthy daemon runs, retire stale ones, and upload the waiting',
    reason: PLAIN,
  },
  {
    was: 'It needs SPEC_KITTY_ENABLE_SAAS_SYNC=1, and does nothing at all without. Trouble is a warning: it fails nobody.\n',
    is: 'It needs SPEC_KITTY_ENABLE_SAAS_SYNC=1, and does nothing without it. A daemon that cannot be started is a warning, and no\nerror.\n',
    reason: PLAIN,
  },
  { was: 'have what waits uploaded', is: 'upload the waiting events', reason: PLAIN },
  {
    was: 'Exit codes: 0 whatever came of it, 2 the job could not be done.',
    is: 'Exit codes: 0 done, also without a daemon, 2 the job could not be done.',
    reason: PLAIN,
  },
  {
    was: 'the same without asking for an upload; also where the daemon is kept from',
    is: 'ensure that one healthy daemon runs, without an upload; works also where',
    reason: PLAIN,
  },
  { was: 'starting by itself', is: 'SPEC_KITTY_SYNC_DISABLE is set', reason: PLAIN },
  {
    was: 'start a daemon, and see why where none starts',
    is: 'start a daemon, or see why none starts',
    reason: PLAIN,
  },
  {
    was: 'Exit codes: 0 a daemon runs, or none is wanted, 1 none could be started, 2 the job could not be done.',
    is: 'Exit codes: 0 a daemon runs, or sync is switched off, 1 none could be started, 2 the job could not be done.',
    reason: PLAIN,
  },
  {
    was: 'stop it, for example to give it other credentials',
    is: 'stop it, for example before you sign in as another user',
    reason: PLAIN,
  },
  {
    was: 'Exit codes: 0 it has left, or none was recorded, 1 it is still there, 2 the job could not be done.',
    is: 'Exit codes: 0 it has stopped, or none was recorded, 1 it is still there, or it cannot be determined, 2 the job could not be done.',
    reason: PLAIN,
  },
  {
    was: 'show the daemons of both families, and what each needs, on a local page',
    is: 'show the sync daemons and dashboards, and what to do about each, on a local page',
    reason: PLAIN,
  },
  {
    was: 'Works on the project of the folder it is run in: the nearest one above that holds .kittify. It never starts sync,',
    is: 'It works on the project of the current folder: the nearest folder, at it or above, that has a .kittify folder.',
    reason: PLAIN,
  },
  {
    was: 'and never touches a dashboard of another project.',
    is: 'It never starts sync, and never stops a dashboard of another project.',
    reason: PLAIN,
  },
  {
    was: 'start it, or find it again, and print its address',
    is: 'start it, or reuse the running one, and print its address',
    reason: PLAIN,
  },
  {
    was: 'Exit codes: 0 it runs, or with --stop none is left, 1 it does not, or one is still there, 2 the job could not be done.',
    is: 'Exit codes: 0 it runs, or with --stop none is left, 1 it does not run, or with --stop one is left, 2 the job could not be done.',
    reason: PLAIN,
  },
  {
    was: 'check, prove, compare and test the policy that decides',
    is: 'check, prove, compare and test the policy that classifies listeners',
    reason: PLAIN,
  },
  {
    was: 'whether a file is a policy, and one whose every',
    is: 'check that a file is a valid policy in which every',
    reason: PLAIN,
  },
  {
    was: 'whether it keeps every invariant in every possible',
    is: 'prove that the policy keeps every invariant in',
    reason: PLAIN,
  },
  { was: 'state', is: 'every possible state', reason: PLAIN },
  {
    was: 'what it makes of a state, or of saved facts: every',
    is: 'explain the verdict on a state or on saved facts:',
    reason: PLAIN,
  },
  {
    was: 'rule in order, and what would change the verdict',
    is: 'every rule in order, and what would change it',
    reason: PLAIN,
  },
  {
    was: 'put a policy into the one layout; what it means,',
    is: 'rewrite a policy in its canonical layout; meaning',
    reason: PLAIN,
  },
  { was: 'and its comments, stay', is: 'and comments stay', reason: PLAIN },
  {
    was: 'what a change of the policy means: every verdict',
    is: 'compare two policies: every verdict that a change',
    reason: PLAIN,
  },
  { was: 'that differs', is: 'of the policy changes', reason: PLAIN },
  {
    was: 'whether the policy gives what its cases expect, and',
    is: 'test that the policy gives the verdicts its cases',
    reason: PLAIN,
  },
  { was: 'what they leave untested', is: 'expect, and show what they leave untested', reason: PLAIN },
  {
    was: 'check, prove, test and compare, as one report under',
    is: 'check, prove, test and compare; one report with the',
    reason: PLAIN,
  },
  { was: 'the worst exit code', is: 'worst exit code', reason: PLAIN },
  {
    was: 'play the incident of 18 orphans through in a throw-away world, in under a minute\n',
    is: 'play the incident of 18 orphaned daemons in a temporary folder, in under a\nminute\n',
    reason: PLAIN,
  },
  {
    was: 'It needs Linux and python3. It plays in a private network, where nothing of yours is in reach; without the right to make one, it shows what changes nothing.\n',
    is: 'It needs Linux and python3. It runs in a private network namespace, which none of your processes is in; where you may not\nmake one, it runs only the commands that change nothing.\n',
    reason: PLAIN,
  },
  {
    was: '18 orphans, found, explained and retired',
    is: 'finds, explains and retires 18 orphans',
    reason: PLAIN,
  },
  {
    was: 'Exit codes: 0 played, 2 it could not be.',
    is: 'Exit codes: 0 played, 2 it could not be played.',
    reason: PLAIN,
  },
  {
    was: 'what it makes of a state, or of saved facts: every rule in order, and what would',
    is: 'explain the verdict on a state or on saved facts: every rule in order, and what',
    reason: PLAIN,
  },
  { was: 'change the verdict', is: 'would change it', reason: PLAIN },
  {
    was: 'the state: every fact that decides',
    is: 'the state: a value for every fact that rules decide by',
    reason: PLAIN,
  },
  { was: 'what it makes of saved facts', is: 'the verdicts on saved facts', reason: PLAIN },
  {
    was: 'next step: run it with `--help` to see what it takes',
    is: 'next step: run it with `--help` to see its arguments and options',
    reason: PLAIN,
  },
  {
    was: 'run it with `--help` to see what it takes',
    is: 'run it with `--help` to see its arguments and options',
    reason: PLAIN,
  },
  {
    was: 'next step: run `spec-kitty auth doctor` to see what is there',
    is: 'next step: run `spec-kitty auth doctor` to see what listens',
    reason: PLAIN,
  },
  {
    was: 'run `spec-kitty auth doctor` to see what is there',
    is: 'run `spec-kitty auth doctor` to see what listens',
    reason: PLAIN,
  },
  {
    was: 'next step: save them anew with `spec-kitty auth doctor --save-facts FILE`',
    is: 'next step: save them again with `spec-kitty auth doctor --save-facts FILE`',
    reason: PLAIN,
  },
  {
    was: 'save them anew with `spec-kitty auth doctor --save-facts FILE`',
    is: 'save them again with `spec-kitty auth doctor --save-facts FILE`',
    reason: PLAIN,
  },
  {
    was: '! 1 orphaned sync daemon of this root, holding <n> MB of memory',
    is: '! 1 orphaned sync daemon of this root: no longer in use, holding <n> MB of memory',
    reason: PLAIN,
  },
  {
    was: 'Root: <world>/home/.spec-kitty (processes are held by pidfd)\n',
    is: 'Runtime root: <world>/home/.spec-kitty\nSignals: reach only the process that was checked (by its pidfd)\n',
    reason: PLAIN,
  },
  { was: 'safe_auto  proven orphan', is: 'safe to retire  orphan, no longer in use', reason: PLAIN },
  {
    was: 'PID <pid> holds the socket, and nobody else that we may look into does',
    is: 'PID <pid> owns the socket, and no other process that this user can inspect does',
    reason: PLAIN,
  },
  {
    was: 'user 0 opened the socket, and so are we',
    is: 'user 0 opened the socket, and this command runs as the same user',
    reason: PLAIN,
  },
  {
    was: 'its root marker names the same directory as our root',
    is: 'its command line names the root directory that this command uses',
    reason: PLAIN,
  },
  {
    was: 'asks it to leave, and sees to it that it does',
    is: 'asks it to stop, and ends it if it does not',
    reason: PLAIN,
  },
  {
    was: '1 orphaned sync daemon of this root, holding <n> MB of memory',
    is: '1 orphaned sync daemon of this root: no longer in use, holding <n> MB of memory',
    reason: PLAIN,
  },
  {
    was: '18 orphaned sync daemons of this root, holding <n> MB of memory',
    is: '18 orphaned sync daemons of this root: no longer in use, holding <n> MB of memory',
    reason: PLAIN,
  },
  {
    was: '! 18 orphaned sync daemons of this root, holding <n> MB of memory',
    is: '! 18 orphaned sync daemons of this root: no longer in use, holding <n> MB of memory',
    reason: PLAIN,
  },
  { was: 'Root: <world>/home/.spec-kitty', is: 'Runtime root: <world>/home/.spec-kitty', reason: PLAIN },
  { was: 'http_shutdown', is: 'stopped on request', reason: PLAIN },
  {
    was: "! 2 daemons could not be cleaned; the reason stands beside each\n! 1 orphaned sync daemon of this root, holding <n> MB of memory\n  kill <pid>  # ends it, whoever uses it (a reset signals only what it can hold: see the optional package koffi)\n! 1 daemon of another user on 9403\n  sudo -H -u '#12345' npx spec-kitty auth doctor --reset  # lets the user it belongs to clean it\nRoot: <world>/home/.spec-kitty (no pidfd, so daemons are asked to leave and never signalled: koffi cannot be loaded (MODULE_NOT_FOUND))\n",
    is: "! 2 daemons could not be retired; each entry says why\n! 1 orphaned sync daemon of this root: no longer in use, holding <n> MB of memory\n  kill <pid>  # ends it, also when it is in use (a reset sends signals only through a pidfd: see the optional package koffi)\n! 1 daemon of another user on port 9403\n  sudo -H -u '#12345' npx spec-kitty auth doctor --reset  # cleans up as the user that it belongs to\nRuntime root: <world>/home/.spec-kitty\nSignals: none are sent, daemons are only asked to stop (no pidfd: koffi cannot be loaded (MODULE_NOT_FOUND))\n",
    reason: PLAIN,
  },
  { was: 'Swept 1, skipped 0, failed 2.', is: 'Retired 1, left alone 0, failed 2.', reason: PLAIN },
  {
    was: 'swept  http_shutdown (proven_orphan)',
    is: 'retired  stopped on request (orphan, no longer in use)',
    reason: PLAIN,
  },
  {
    was: 'cannot_hold: asking did not help, and it is not signalled: without a pidfd the signal might reach another process; it refused the request (HTTP status 403)',
    is: 'did not stop when asked: no shutdown request ended it, and it is not signalled: without a pidfd a signal might reach another process; it refused the shutdown request (HTTP status 403)',
    reason: PLAIN,
  },
  {
    was: 'other_user: user 12345 opened the socket, we are user 0; the system says that we may, and we still do not',
    is: "another user's daemon: user 12345 opened the socket, and this command runs as user 0; the kernel would allow a signal to it, but this command sends none",
    reason: PLAIN,
  },
  {
    was: "! 1 daemon could not be cleaned; the reason stands beside each\n! 1 daemon of another user on 9403\n  sudo -H -u '#12345' npx spec-kitty auth doctor --reset  # lets the user it belongs to clean it\nRoot: <world>/home/.spec-kitty (processes are held by pidfd)\n",
    is: "! 1 daemon could not be retired; each entry says why\n! 1 daemon of another user on port 9403\n  sudo -H -u '#12345' npx spec-kitty auth doctor --reset  # cleans up as the user that it belongs to\nRuntime root: <world>/home/.spec-kitty\nSignals: reach only the process that was checked (by its pidfd)\n",
    reason: PLAIN,
  },
  { was: 'Swept 1, skipped 0, failed 1.', is: 'Retired 1, left alone 0, failed 1.', reason: PLAIN },
  {
    was: 'swept  terminate (proven_orphan)',
    is: 'retired  ended by SIGTERM (orphan, no longer in use)',
    reason: PLAIN,
  },
  { was: 'failed: cannot_hold', is: 'failed: did not stop when asked', reason: PLAIN },
  {
    was: '! 1 daemon could not be cleaned; the reason stands beside each',
    is: '! 1 daemon could not be retired; each entry says why',
    reason: PLAIN,
  },
  { was: '! 1 daemon of another user on 9403', is: '! 1 daemon of another user on port 9403', reason: PLAIN },
  {
    was: '# lets the user it belongs to clean it',
    is: '# cleans up as the user that it belongs to',
    reason: PLAIN,
  },
  { was: 'Swept 0, skipped 0, failed 1.', is: 'Retired 0, left alone 0, failed 1.', reason: PLAIN },
  {
    was: '127.0.0.1:9403, PID <pid>: operator_required (other_user)',
    is: "127.0.0.1:9403, PID <pid>: you decide, another user's daemon (operator_required, other_user)",
    reason: PLAIN,
  },
  {
    was: 'user 12345 opened the socket, we are 0',
    is: 'user 12345 opened the socket, and this command runs as user 0',
    reason: PLAIN,
  },
  { was: 'terminate', is: 'ended by SIGTERM', reason: PLAIN },
  {
    was: 'asking did not help, and it is not signalled: without a pidfd the signal might reach another process; it refused the request (HTTP status 403)',
    is: 'no shutdown request ended it, and it is not signalled: without a pidfd a signal might reach another process; it refused the shutdown request (HTTP status 403)',
    reason: PLAIN,
  },
  {
    was: 'its release had no root marker, so it declares no scope to compare',
    is: 'its release had no root marker, so it names no root to compare',
    reason: PLAIN,
  },
  {
    was: 'its root marker names another directory than our root',
    is: 'its command line names another root directory than this command uses',
    reason: PLAIN,
  },
  {
    was: 'stops it, should nobody need it there',
    is: 'stops it, if it is not needed there any more',
    reason: PLAIN,
  },
  {
    was: 'lets the user it belongs to clean it',
    is: 'cleans up as the user that it belongs to',
    reason: PLAIN,
  },
  {
    was: 'nothing that it says can be held against its process',
    is: 'its process is unknown or was not started as a daemon, so nothing can be compared',
    reason: PLAIN,
  },
  { was: 'it gives no version', is: 'it reports no version', reason: PLAIN },
  { was: 'it does not say', is: 'it does not say whether its sync service was started', reason: PLAIN },
  {
    was: '3 orphaned sync daemons of this root, holding <n> MB of memory',
    is: '3 orphaned sync daemons of this root: no longer in use, holding <n> MB of memory',
    reason: PLAIN,
  },
  {
    was: '1 daemon left for you to decide (pre_marker) on 9402',
    is: '1 daemon on port 9402 for you to decide: release 3.1.x or older, names no root',
    reason: PLAIN,
  },
  { was: '1 daemon of another user on 9407', is: '1 daemon of another user on port 9407', reason: PLAIN },
  {
    was: 'port 9406 is the live daemon of another root',
    is: 'port 9406: live daemon of another root, left alone',
    reason: PLAIN,
  },
  {
    was: '! 3 orphaned sync daemons of this root, holding <n> MB of memory',
    is: '! 3 orphaned sync daemons of this root: no longer in use, holding <n> MB of memory',
    reason: PLAIN,
  },
  {
    was: "! 1 daemon left for you to decide (pre_marker) on 9402\n  npx spec-kitty auth doctor --reset  # asks it to leave, and sees to it that it does\n- 1 daemon of another user on 9407\n  sudo -H -u '#12345' npx spec-kitty auth doctor --reset  # lets the user it belongs to clean it\n- port 9406 is the live daemon of another root\n  SPEC_KITTY_HOME=<world>/other/.spec-kitty npx spec-kitty sync stop  # stops it, should nobody need it there\nRoot: <world>/home/.spec-kitty (processes are held by pidfd)\n",
    is: "! 1 daemon on port 9402 for you to decide: release 3.1.x or older, names no root\n  npx spec-kitty auth doctor --reset  # asks it to stop, and ends it if it does not\n- 1 daemon of another user on port 9407\n  sudo -H -u '#12345' npx spec-kitty auth doctor --reset  # cleans up as the user that it belongs to\n- port 9406: live daemon of another root, left alone\n  SPEC_KITTY_HOME=<world>/other/.spec-kitty npx spec-kitty sync stop  # stops it, if it is not needed there any more\nRuntime root: <world>/home/.spec-kitty\nSignals: reach only the process that was checked (by its pidfd)\n",
    reason: PLAIN,
  },
  {
    was: 'operator_required  pre_marker',
    is: 'you decide  release 3.1.x or older, names no root',
    reason: PLAIN,
  },
  { was: 'never_touch  recorded_singleton', is: 'leave alone  live daemon', reason: PLAIN },
  {
    was: 'operator_required  cross_root, live there',
    is: 'leave alone  live daemon of another root',
    reason: PLAIN,
  },
  { was: 'operator_required  other_user', is: "you decide  another user's daemon", reason: PLAIN },
  { was: 'never_touch  third_party', is: 'leave alone  another program', reason: PLAIN },
  { was: 'never_touch  dashboard_family', is: 'leave alone  dashboard', reason: PLAIN },
  { was: 'never_touch  relayed_answer', is: "leave alone  passes on another daemon's answer", reason: PLAIN },
  {
    was: '127.0.0.1:9401, PID <pid>: safe_auto',
    is: '127.0.0.1:9401, PID <pid>: safe to retire, orphan, no longer in use (safe_auto)',
    reason: PLAIN,
  },
  {
    was: '# asks it to leave, and sees to it that it does',
    is: '# asks it to stop, and ends it if it does not',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9402, PID <pid>: operator_required (pre_marker)',
    is: '127.0.0.1:9402, PID <pid>: you decide, release 3.1.x or older, names no root (operator_required, pre_marker)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9403, PID <pid>: safe_auto',
    is: '127.0.0.1:9403, PID <pid>: safe to retire, orphan, no longer in use (safe_auto)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9404, PID <pid>: safe_auto',
    is: '127.0.0.1:9404, PID <pid>: safe to retire, orphan, no longer in use (safe_auto)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9405, PID <pid>: never_touch (recorded_singleton)',
    is: '127.0.0.1:9405, PID <pid>: leave alone, live daemon (never_touch, recorded_singleton)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9406, PID <pid>: operator_required (cross_root)',
    is: '127.0.0.1:9406, PID <pid>: leave alone, live daemon of another root (operator_required, cross_root)',
    reason: PLAIN,
  },
  {
    was: '# stops it, should nobody need it there',
    is: '# stops it, if it is not needed there any more',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9407, PID <pid>: operator_required (other_user)',
    is: "127.0.0.1:9407, PID <pid>: you decide, another user's daemon (operator_required, other_user)",
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9408, PID <pid>: never_touch (third_party)',
    is: '127.0.0.1:9408, PID <pid>: leave alone, another program (never_touch, third_party)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9409, PID <pid>: never_touch (dashboard_family)',
    is: '127.0.0.1:9409, PID <pid>: leave alone, dashboard (never_touch, dashboard_family)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9410, PID <pid>: never_touch (relayed_answer)',
    is: "127.0.0.1:9410, PID <pid>: leave alone, passes on another daemon's answer (never_touch, relayed_answer)",
    reason: PLAIN,
  },
  { was: 'safe_auto', is: 'orphan, no longer in use', reason: PLAIN },
  { was: 'pre_marker', is: 'release 3.1.x or older, names no root', reason: PLAIN },
  { was: 'skip  recorded_singleton', is: 'leave alone  live daemon', reason: PLAIN },
  { was: 'skip  live_in_other_root', is: 'leave alone  live daemon of another root', reason: PLAIN },
  { was: 'other_user', is: "another user's daemon", reason: PLAIN },
  { was: 'skip  third_party', is: 'leave alone  another program', reason: PLAIN },
  { was: 'skip  dashboard_family', is: 'leave alone  dashboard', reason: PLAIN },
  { was: 'skip  relayed_answer', is: "leave alone  passes on another daemon's answer", reason: PLAIN },
  {
    was: '# HELP spec_kitty_doctor_could_look Whether it could see who listens; where not, there are no values of listeners.',
    is: '# HELP spec_kitty_doctor_could_look Whether it could scan the listeners; 0 means that there are no values of listeners.',
    reason: PLAIN,
  },
  {
    was: '# HELP spec_kitty_doctor_findings What doctor has to say, by whether it needs attention.',
    is: '# HELP spec_kitty_doctor_findings Findings, by whether they need attention.',
    reason: PLAIN,
  },
  {
    was: '# HELP spec_kitty_sync_listeners_by_reason The same by reason; none for a proven orphan.',
    is: '# HELP spec_kitty_sync_listeners_by_reason The same by reason; a proven orphan has the reason none.',
    reason: PLAIN,
  },
  {
    was: '# HELP spec_kitty_sync_orphans_by_version Proven orphans, by the version that they say they are.',
    is: '# HELP spec_kitty_sync_orphans_by_version Proven orphans, by the version that they report.',
    reason: PLAIN,
  },
  {
    was: '# HELP spec_kitty_sync_ports_free Sync ports that nobody listens on.',
    is: '# HELP spec_kitty_sync_ports_free Sync ports without a listener.',
    reason: PLAIN,
  },
  {
    was: '# HELP spec_kitty_sync_stale_cpu_seconds CPU time that they have used.',
    is: '# HELP spec_kitty_sync_stale_cpu_seconds CPU time used by daemons that this user could clean up.',
    reason: PLAIN,
  },
  {
    was: '# HELP spec_kitty_sync_daemon What the state file of this root names: 1 for the state that it is in.',
    is: '# HELP spec_kitty_sync_daemon The daemon that the state file of this root names: 1 for its state.',
    reason: PLAIN,
  },
  {
    was: 'judged from the facts in <world>/scan.json; the commands below act on this machine, as it is now',
    is: 'judged from the saved facts in <world>/scan.json; the commands below act on this machine, as it is now',
    reason: PLAIN,
  },
  {
    was: 'PID <pid> is shown beside the socket, perhaps not alone',
    is: 'a tool prints PID <pid> for the socket, and may omit further owners',
    reason: PLAIN,
  },
  {
    was: 'its collector cannot tell who opened the socket',
    is: 'the collector does not read which user opened the socket',
    reason: PLAIN,
  },
  {
    was: 'the boundaries of its arguments are not known',
    is: 'its arguments are printed as one text, so their boundaries are unknown',
    reason: PLAIN,
  },
  {
    was: 'the state file names port 9405, but no process that could be told from this one',
    is: 'the state file names port 9405, but the process that it names may be this one',
    reason: PLAIN,
  },
  { was: 'not readable', is: 'its executable cannot be read', reason: PLAIN },
  {
    was: 'asks the kernel instead, which proves who it is',
    is: 'asks the kernel instead, which proves what each process is',
    reason: PLAIN,
  },
  {
    was: 'seen through systeminformation, a daemon can be shown and not proven: a reset would do nothing',
    is: 'seen through systeminformation, a daemon can be shown but not proven to be one: a reset would do nothing',
    reason: PLAIN,
  },
  {
    was: '7 daemons left for you to decide (owner_unknown) on 9401, 9402, 9403, 9404, 9406, 9407, 9410',
    is: '7 daemons on ports 9401, 9402, 9403, 9404, 9406, 9407, 9410 for you to decide: its user is unknown',
    reason: PLAIN,
  },
  { was: 'hung up without an answer', is: 'closed the connection without an answer', reason: PLAIN },
  {
    was: 'operator_required is not acted on',
    is: 'this command does not act on operator_required',
    reason: PLAIN,
  },
  { was: 'never_touch is not acted on', is: 'this command does not act on never_touch', reason: PLAIN },
  {
    was: '1 daemon could not be cleaned; the reason stands beside each',
    is: '1 daemon could not be retired; each entry says why',
    reason: PLAIN,
  },
  {
    was: 'user 12345 opened the socket, we are user 0; the system says that we may, and we still do not',
    is: 'user 12345 opened the socket, and this command runs as user 0; the kernel would allow a signal to it, but this command sends none',
    reason: PLAIN,
  },
  {
    was: '2 orphaned sync daemons of this root, holding <n> MB of memory',
    is: '2 orphaned sync daemons of this root: no longer in use, holding <n> MB of memory',
    reason: PLAIN,
  },
  {
    was: 'ends it, whoever uses it (a reset signals only what it can hold: see the optional package koffi)',
    is: 'ends it, also when it is in use (a reset sends signals only through a pidfd: see the optional package koffi)',
    reason: PLAIN,
  },
  {
    was: 'ends it, whoever uses it (the system does not permit us to)',
    is: 'ends it, also when it is in use (the system does not permit this user to)',
    reason: PLAIN,
  },
  {
    was: 'names the process, which we could not see',
    is: 'shows which process listens there: this user could not see it',
    reason: PLAIN,
  },
  {
    was: '1 daemon left for you to decide (missing_pid) on 9406',
    is: '1 daemon on port 9406 for you to decide: its process is unknown',
    reason: PLAIN,
  },
  {
    was: 'the kernel shows the processes of another user to root only',
    is: 'only root can see which process of another user holds a socket',
    reason: PLAIN,
  },
  {
    was: 'user 0 opened the socket, we are 12345',
    is: 'user 0 opened the socket, and this command runs as user 12345',
    reason: PLAIN,
  },
  {
    was: 'user 12345 opened the socket, and so are we',
    is: 'user 12345 opened the socket, and this command runs as the same user',
    reason: PLAIN,
  },
  { was: '1 daemon of another user on 9413', is: '1 daemon of another user on port 9413', reason: PLAIN },
  {
    was: "- 1 daemon of another user on 9413\n  sudo -H -u '#0' npx spec-kitty auth doctor --reset  # lets the user it belongs to clean it\nRoot: <world>/home-12345/.spec-kitty (processes are held by pidfd)\n",
    is: "- 1 daemon of another user on port 9413\n  sudo -H -u '#0' npx spec-kitty auth doctor --reset  # cleans up as the user that it belongs to\nRuntime root: <world>/home-12345/.spec-kitty\nSignals: reach only the process that was checked (by its pidfd)\n",
    reason: PLAIN,
  },
  {
    was: 'user 0 opened the socket, we are user 12345',
    is: 'user 0 opened the socket, and this command runs as user 12345',
    reason: PLAIN,
  },
  { was: 'it gave no sync health answer', is: 'it did not answer as a sync daemon', reason: PLAIN },
  {
    was: '1 daemon left for you to decide (unresponsive) on 9403',
    is: '1 daemon on port 9403 for you to decide: does not answer',
    reason: PLAIN,
  },
  {
    was: 'the answer says PID 1, the kernel <pid>',
    is: 'the answer says PID 1, the kernel says <pid>',
    reason: PLAIN,
  },
  {
    was: '1 daemon left for you to decide (pre_marker) on 9401',
    is: '1 daemon on port 9401 for you to decide: release 3.1.x or older, names no root',
    reason: PLAIN,
  },
  {
    was: '1 daemon left for you to decide (cross_root) on 9402',
    is: '1 daemon on port 9402 for you to decide: daemon of another root',
    reason: PLAIN,
  },
  {
    was: '2 daemons left for you to decide (missing_identity) on 9404, 9406',
    is: '2 daemons on ports 9404, 9406 for you to decide: does not identify itself',
    reason: PLAIN,
  },
  {
    was: '1 daemon left for you to decide (pid_port_mismatch) on 9405',
    is: '1 daemon on port 9405 for you to decide: misidentifies itself',
    reason: PLAIN,
  },
  {
    was: '! 1 daemon left for you to decide (pre_marker) on 9401\n  npx spec-kitty auth doctor --reset  # asks it to leave, and sees to it that it does\n! 1 daemon left for you to decide (cross_root) on 9402\n  npx spec-kitty auth doctor --reset  # asks it to leave, and sees to it that it does\n! 1 daemon left for you to decide (unresponsive) on 9403\n  npx spec-kitty auth doctor --reset  # asks it to leave, and sees to it that it does\n! 2 daemons left for you to decide (missing_identity) on 9404, 9406\n  npx spec-kitty auth doctor --reset  # asks it to leave, and sees to it that it does\n! 1 daemon left for you to decide (pid_port_mismatch) on 9405\n  npx spec-kitty auth doctor --reset  # asks it to leave, and sees to it that it does\nRoot: <world>/home/.spec-kitty (processes are held by pidfd)\n',
    is: '! 1 daemon on port 9401 for you to decide: release 3.1.x or older, names no root\n  npx spec-kitty auth doctor --reset  # asks it to stop, and ends it if it does not\n! 1 daemon on port 9402 for you to decide: daemon of another root\n  npx spec-kitty auth doctor --reset  # asks it to stop, and ends it if it does not\n! 1 daemon on port 9403 for you to decide: does not answer\n  npx spec-kitty auth doctor --reset  # asks it to stop, and ends it if it does not\n! 2 daemons on ports 9404, 9406 for you to decide: does not identify itself\n  npx spec-kitty auth doctor --reset  # asks it to stop, and ends it if it does not\n! 1 daemon on port 9405 for you to decide: misidentifies itself\n  npx spec-kitty auth doctor --reset  # asks it to stop, and ends it if it does not\nRuntime root: <world>/home/.spec-kitty\nSignals: reach only the process that was checked (by its pidfd)\n',
    reason: PLAIN,
  },
  { was: 'operator_required  cross_root', is: 'you decide  daemon of another root', reason: PLAIN },
  { was: 'operator_required  unresponsive', is: 'you decide  does not answer', reason: PLAIN },
  { was: 'operator_required  missing_identity', is: 'you decide  does not identify itself', reason: PLAIN },
  { was: 'operator_required  pid_port_mismatch', is: 'you decide  misidentifies itself', reason: PLAIN },
  {
    was: '127.0.0.1:9401, PID <pid>: operator_required (pre_marker)',
    is: '127.0.0.1:9401, PID <pid>: you decide, release 3.1.x or older, names no root (operator_required, pre_marker)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9402, PID <pid>: operator_required (cross_root)',
    is: '127.0.0.1:9402, PID <pid>: you decide, daemon of another root (operator_required, cross_root)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9403, PID <pid>: operator_required (unresponsive)',
    is: '127.0.0.1:9403, PID <pid>: you decide, does not answer (operator_required, unresponsive)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9404, PID <pid>: operator_required (missing_identity)',
    is: '127.0.0.1:9404, PID <pid>: you decide, does not identify itself (operator_required, missing_identity)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9405, PID <pid>: operator_required (pid_port_mismatch)',
    is: '127.0.0.1:9405, PID <pid>: you decide, misidentifies itself (operator_required, pid_port_mismatch)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9406, PID <pid>: operator_required (missing_identity)',
    is: '127.0.0.1:9406, PID <pid>: you decide, does not identify itself (operator_required, missing_identity)',
    reason: PLAIN,
  },
  { was: 'cross_root', is: 'daemon of another root', reason: PLAIN },
  { was: 'unresponsive', is: 'does not answer', reason: PLAIN },
  { was: 'missing_identity', is: 'does not identify itself', reason: PLAIN },
  { was: 'pid_port_mismatch', is: 'misidentifies itself', reason: PLAIN },
  {
    was: '1 daemon left for you to decide (missing_pid) on 9401',
    is: '1 daemon on port 9401 for you to decide: its process is unknown',
    reason: PLAIN,
  },
  {
    was: '! 1 daemon left for you to decide (missing_pid) on 9401',
    is: '! 1 daemon on port 9401 for you to decide: its process is unknown',
    reason: PLAIN,
  },
  {
    was: '# names the process, which we could not see',
    is: '# shows which process listens there: this user could not see it',
    reason: PLAIN,
  },
  { was: 'operator_required  missing_pid', is: 'you decide  its process is unknown', reason: PLAIN },
  {
    was: '1 daemon left for you to decide (pid_port_mismatch) on 9401',
    is: '1 daemon on port 9401 for you to decide: misidentifies itself',
    reason: PLAIN,
  },
  {
    was: '! 1 daemon left for you to decide (pid_port_mismatch) on 9401\n  npx spec-kitty auth doctor --reset  # asks it to leave, and sees to it that it does\nRoot: <world>/home/.spec-kitty (processes are held by pidfd)\n',
    is: '! 1 daemon on port 9401 for you to decide: misidentifies itself\n  npx spec-kitty auth doctor --reset  # asks it to stop, and ends it if it does not\nRuntime root: <world>/home/.spec-kitty\nSignals: reach only the process that was checked (by its pidfd)\n',
    reason: PLAIN,
  },
  { was: 'already_gone', is: 'had ended before', reason: PLAIN },
  {
    was: '! 1 daemon left for you to decide (pid_port_mismatch) on 9401',
    is: '! 1 daemon on port 9401 for you to decide: misidentifies itself',
    reason: PLAIN,
  },
  {
    was: '1 daemon left for you to decide (unresponsive) on 9401',
    is: '1 daemon on port 9401 for you to decide: does not answer',
    reason: PLAIN,
  },
  {
    was: '! 1 daemon left for you to decide (unresponsive) on 9401\n  npx spec-kitty auth doctor --reset  # asks it to leave, and sees to it that it does\nRoot: <world>/home/.spec-kitty (processes are held by pidfd)\n',
    is: '! 1 daemon on port 9401 for you to decide: does not answer\n  npx spec-kitty auth doctor --reset  # asks it to stop, and ends it if it does not\nRuntime root: <world>/home/.spec-kitty\nSignals: reach only the process that was checked (by its pidfd)\n',
    reason: PLAIN,
  },
  {
    was: 'removed the state file, which named nobody any more (port 9401)',
    is: 'removed the state file, whose daemon (port 9401) was gone',
    reason: PLAIN,
  },
  {
    was: 'no address reaches this socket and no other',
    is: 'no address reaches only this socket',
    reason: PLAIN,
  },
  { was: 'never_touch  not_spec_kitty', is: 'leave alone  not a Spec Kitty daemon', reason: PLAIN },
  {
    was: 'played to its end',
    is: 'Error: first is process 9557\n    at Stage.known (/tmp/wt/verify/test/verify/stage.ts:113:35)\n    at Stage.daemon (/tmp/wt/verify/test/verify/stage.ts:136:17)\n    at processTicksAndRejections (node:internal/process/task_queues:95:5)\n    at /tmp/wt/verify/test/verify/scenarios/resets.ts:167:5\n    at Object.play (/tmp/wt/verify/test/verify/scenarios/resets.ts:15:7)\n    at record (/tmp/wt/verify/test/verify/play.ts:112:7)\n    at compareOnce (/tmp/wt/verify/test/verify/play.ts:101:16)\n    at verify (/tmp/wt/verify/test/verify/play.ts:69:19)\n    at work (/tmp/wt/verify/test/verify/play.ts:48:22)\n    at async Promise.all (index 2)\n    at verifyAll (/tmp/wt/verify/test/verify/play.ts:62:3)\n    at Object.<anonymous> (/tmp/wt/verify/test/verify/old-and-new.verify.ts:37:26)',
    reason: PLAIN,
  },
  { was: 'it gives a version that is none', is: 'it reports a version that cannot be parsed', reason: PLAIN },
  {
    was: 'played to its end',
    is: 'Error: daemon is process 9637\n    at Stage.known (/tmp/wt/verify/test/verify/stage.ts:113:35)\n    at Stage.daemon (/tmp/wt/verify/test/verify/stage.ts:136:17)\n    at processTicksAndRejections (node:internal/process/task_queues:95:5)\n    at /tmp/wt/verify/test/verify/scenarios/resets.ts:26:20\n    at Object.play (/tmp/wt/verify/test/verify/scenarios/resets.ts:15:7)\n    at record (/tmp/wt/verify/test/verify/play.ts:112:7)\n    at compareOnce (/tmp/wt/verify/test/verify/play.ts:101:16)\n    at verify (/tmp/wt/verify/test/verify/play.ts:69:19)\n    at work (/tmp/wt/verify/test/verify/play.ts:48:22)\n    at async Promise.all (index 1)\n    at verifyAll (/tmp/wt/verify/test/verify/play.ts:62:3)\n    at Object.<anonymous> (/tmp/wt/verify/test/verify/old-and-new.verify.ts:37:26)',
    reason: PLAIN,
  },
  { was: 'names who listens there', is: 'shows which processes listen there', reason: PLAIN },
  { was: '# names who listens there', is: '# shows which processes listen there', reason: PLAIN },
  {
    was: '::1:9401, PID <pid>: never_touch (third_party)',
    is: '::1:9401, PID <pid>: leave alone, another program (never_touch, third_party)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9401, PID <pid>: never_touch (third_party)',
    is: '127.0.0.1:9401, PID <pid>: leave alone, another program (never_touch, third_party)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9402, PID <pid>: never_touch (relayed_answer)',
    is: "127.0.0.1:9402, PID <pid>: leave alone, passes on another daemon's answer (never_touch, relayed_answer)",
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9403, PID <pid>: never_touch (third_party)',
    is: '127.0.0.1:9403, PID <pid>: leave alone, another program (never_touch, third_party)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9404, PID <pid>: never_touch (third_party)',
    is: '127.0.0.1:9404, PID <pid>: leave alone, another program (never_touch, third_party)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9405, PID <pid>: never_touch (relayed_answer)',
    is: "127.0.0.1:9405, PID <pid>: leave alone, passes on another daemon's answer (never_touch, relayed_answer)",
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9407, PID <pid>: never_touch (third_party)',
    is: '127.0.0.1:9407, PID <pid>: leave alone, another program (never_touch, third_party)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9408, PID <pid>: never_touch (dashboard_family)',
    is: '127.0.0.1:9408, PID <pid>: leave alone, dashboard (never_touch, dashboard_family)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9409, PID <pid>: never_touch (not_spec_kitty)',
    is: '127.0.0.1:9409, PID <pid>: leave alone, not a Spec Kitty daemon (never_touch, not_spec_kitty)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9410, PID <pid>: never_touch (not_spec_kitty)',
    is: '127.0.0.1:9410, PID <pid>: leave alone, not a Spec Kitty daemon (never_touch, not_spec_kitty)',
    reason: PLAIN,
  },
  {
    was: '0.0.0.0:9411, PID <pid>: never_touch (third_party)',
    is: '0.0.0.0:9411, PID <pid>: leave alone, another program (never_touch, third_party)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9412, PID <pid>: never_touch (third_party)',
    is: '127.0.0.1:9412, PID <pid>: leave alone, another program (never_touch, third_party)',
    reason: PLAIN,
  },
  {
    was: '127.0.0.1:9413, PID <pid>: safe_auto',
    is: '127.0.0.1:9413, PID <pid>: safe to retire, orphan, no longer in use (safe_auto)',
    reason: PLAIN,
  },
  { was: 'skip  not_spec_kitty', is: 'leave alone  not a Spec Kitty daemon', reason: PLAIN },
  {
    was: 'It needs SPEC_KITTY_ENABLE_SAAS_SYNC=1, and does nothing at all without. Trouble is a warning: it fails nobody.\n',
    is: 'It needs SPEC_KITTY_ENABLE_SAAS_SYNC=1, and does nothing without it. A daemon that cannot be started is a warning, and no\nerror.\n',
    reason: PLAIN,
  },
  {
    was: '! 1 daemon left for you to decide (pre_marker) on 9401\n  npx spec-kitty auth doctor --reset  # asks it to leave, and sees to it that it does\n! 1 daemon left for you to decide (cross_root) on 9402\n  npx spec-kitty auth doctor --reset  # asks it to leave, and sees to it that it does\n! 1 daemon left for you to decide (unresponsive) on 9403\n  npx spec-kitty auth doctor --reset  # asks it to leave, and sees to it that it does\n! 2 daemons left for you to decide (missing_identity) on 9404, 9406\n  npx spec-kitty auth doctor --reset  # asks it to leave, and sees to it that it does\n! 1 daemon left for you to decide (pid_port_mismatch) on 9405\n  npx spec-kitty auth doctor --reset  # asks it to leave, and sees to it that it does\nRoot: <world>/home/.spec-kitty (processes are held by pidfd)\n',
    is: '! 1 daemon on port 9401 for you to decide: release 3.1.x or older, names no root\n  npx spec-kitty auth doctor --reset  # asks it to stop, and ends it if it does not\n! 1 daemon on port 9402 for you to decide: daemon of another root\n  npx spec-kitty auth doctor --reset  # asks it to stop, and ends it if it does not\n! 1 daemon on port 9403 for you to decide: does not answer\n  npx spec-kitty auth doctor --reset  # asks it to stop, and ends it if it does not\n! 2 daemons on ports 9404, 9406 for you to decide: does not identify itself\n  npx spec-kitty auth doctor --reset  # asks it to stop, and ends it if it does not\n! 1 daemon on port 9405 for you to decide: misidentifies itself\n  npx spec-kitty auth doctor --reset  # asks it to stop, and ends it if it does not\nRuntime root: <world>/home/.spec-kitty\nSignals: reach only the process that was checked (by its pidfd)\n',
    reason: PLAIN,
  },
  {
    was: '2 daemons left for you to decide (singleton_unknown) on 9401, 9402',
    is: '2 daemons on ports 9401, 9402 for you to decide: may be the live daemon',
    reason: PLAIN,
  },
  {
    was: '! 2 daemons left for you to decide (singleton_unknown) on 9401, 9402',
    is: '! 2 daemons on ports 9401, 9402 for you to decide: may be the live daemon',
    reason: PLAIN,
  },
  { was: 'operator_required  singleton_unknown', is: 'you decide  may be the live daemon', reason: PLAIN },
  {
    was: 'played to its end',
    is: 'Error: live is process 816\n    at Stage.known (/tmp/wt/verify/test/verify/stage.ts:113:35)\n    at Stage.daemon (/tmp/wt/verify/test/verify/stage.ts:136:17)\n    at processTicksAndRejections (node:internal/process/task_queues:95:5)\n    at /tmp/wt/verify/test/verify/scenarios/resets.ts:37:18\n    at Object.play (/tmp/wt/verify/test/verify/scenarios/resets.ts:15:7)\n    at record (/tmp/wt/verify/test/verify/play.ts:112:7)\n    at compareOnce (/tmp/wt/verify/test/verify/play.ts:94:15)\n    at verify (/tmp/wt/verify/test/verify/play.ts:69:19)\n    at work (/tmp/wt/verify/test/verify/play.ts:48:22)\n    at async Promise.all (index 1)\n    at verifyAll (/tmp/wt/verify/test/verify/play.ts:62:3)\n    at Object.<anonymous> (/tmp/wt/verify/test/verify/old-and-new.verify.ts:37:26)',
    reason: PLAIN,
  },
  {
    was: 'the state file is malformed: its first line is no URL with the port of its second line',
    is: 'the state file is malformed: its first line is not a URL with the port of its second line',
    reason: PLAIN,
  },
  {
    was: 'the state file <world>/home/.spec-kitty/sync-daemon cannot be used: its first line is no URL with the port of its second line',
    is: 'the state file <world>/home/.spec-kitty/sync-daemon cannot be used: its first line is not a URL with the port of its second line',
    reason: PLAIN,
  },
  {
    was: '! the state file <world>/home/.spec-kitty/sync-daemon cannot be used: its first line is no URL with the port of its second line',
    is: '! the state file <world>/home/.spec-kitty/sync-daemon cannot be used: its first line is not a URL with the port of its second line',
    reason: PLAIN,
  },
  {
    was: 'played to its end',
    is: 'Error: live is process 925\n    at Stage.known (/tmp/wt/verify/test/verify/stage.ts:113:35)\n    at Stage.daemon (/tmp/wt/verify/test/verify/stage.ts:136:17)\n    at processTicksAndRejections (node:internal/process/task_queues:95:5)\n    at /tmp/wt/verify/test/verify/scenarios/resets.ts:37:18\n    at Object.play (/tmp/wt/verify/test/verify/scenarios/resets.ts:15:7)\n    at record (/tmp/wt/verify/test/verify/play.ts:112:7)\n    at compareOnce (/tmp/wt/verify/test/verify/play.ts:101:16)\n    at verify (/tmp/wt/verify/test/verify/play.ts:69:19)\n    at work (/tmp/wt/verify/test/verify/play.ts:48:22)\n    at async Promise.all (index 2)\n    at verifyAll (/tmp/wt/verify/test/verify/play.ts:62:3)\n    at Object.<anonymous> (/tmp/wt/verify/test/verify/old-and-new.verify.ts:37:26)',
    reason: PLAIN,
  },
];
