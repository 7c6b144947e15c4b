import type { PortCall } from './calls.js';

const CONSTANT = 'it reads what cannot change while a process runs';
const NO_PLATFORM = 'it is for files of commands that the simulation does not run';
const NOT_RUN = 'it is for programs that the simulation does not run';
const IN_DOCTOR_ONLY = 'the report of a failed reset calls it, which nothing follows';

/** Functions that only a daemon of ours calls, or a command that starts one. */
const OF_OUR_DAEMONS = /^(?:serve|server\.|started\.|daemon\.|programs\.|database$|upload$)/;

/** For a function that only macOS has. */
const MACOS_POINT = 'point on macOS';

/**
 * Every function of the port: `point` if others act before and after it, `point on macOS` if they do in the worlds of that
 * system, else why the simulation has no point there.
 */
export const PORT_CALLS: Readonly<Record<PortCall, string>> = {
  getHealth: 'point',
  randomBytes: 'it touches nothing that others see',
  pidfdSupport: IN_DOCTOR_ONLY,
  'self.accountName': CONSTANT,
  'self.workingDirectory': CONSTANT,
  'self.isWorkingDirectoryUtf8': CONSTANT,
  'self.isVariableUtf8': CONSTANT,
  'self.homeInUserDatabase': CONSTANT,
  'self.lineage': 'point',
  'self.machineIdentity': 'point',
  'self.visibleProcesses': 'point',
  'clock.now': 'point',
  'clock.monotonicMs': 'point',
  'clock.sleep': 'point',
  'clock.after': 'point',
  'clock.every': 'point',
  'processes.read': 'point',
  'processes.hasOurUser': 'point',
  'processes.stat': 'point',
  'processes.environment': 'point',
  'processes.activity': 'point',
  'processes.minimumAgeSeconds': 'point',
  'processes.pids': 'point',
  'processes.count': 'point',
  'processes.openLog': 'point',
  'sockets.listening': 'point',
  'sockets.lacksListener': 'point',
  'sockets.connections': 'point',
  'sockets.holds': 'point',
  'sockets.isLocalAddress': CONSTANT,
  'files.of': 'it opens nothing: the tree that it returns is read by calls of its own',
  'files.read': 'point',
  'files.readEnd': NO_PLATFORM,
  'files.exists': 'point',
  'files.isDirectory': NO_PLATFORM,
  'files.isLink': NO_PLATFORM,
  'files.inspect': 'point',
  'files.realPath': 'point',
  'files.absolutePath': 'the simulated paths are absolute',
  'files.status': NO_PLATFORM,
  'files.linkStatus': NO_PLATFORM,
  'files.readLink': NO_PLATFORM,
  'files.remoteFileSystemOn': 'point',
  'files.isLocked': 'point',
  'files.hasVisibleLocks': 'point',
  'files.isReleased': 'point',
  'files.lockingFileSystemOf': 'point',
  'files.atCommit': NO_PLATFORM,
  'files.packagePath': CONSTANT,
  'files.readPackageFile': 'the files of the package do not change while it runs',
  'files.ours.identify': 'it is `tree.identify`',
  'files.ours.readFile': 'it is `tree.readFile`',
  'files.ours.locate': 'it is `tree.locate`',
  'files.ours.list': 'it is `tree.list`',
  'tree.identify': 'point',
  'tree.readFile': 'point',
  'tree.locate': 'point',
  'tree.list': 'point',
  'collector.listSockets': 'point',
  'collector.findOwners': 'point',
  'collector.readProcess': 'it is `processes.read`',
  'collector.testItself': MACOS_POINT,
  detectPidfd: 'point',
  'opener.open': 'point',
  'handle.signal': 'point',
  'handle.close': 'point',
  request: 'point',
  lock: 'point',
  'lock.release': 'point',
  serve: 'point',
  'server.close': 'point',
  database: 'point',
  upload: 'point',
  'write.writePrivate': 'point',
  'write.writePublic': NO_PLATFORM,
  'write.rewrite': NO_PLATFORM,
  'write.appendLines': 'point',
  'write.appendText': 'point',
  'write.makePrivateFolder': 'point',
  'write.rename': NO_PLATFORM,
  'write.remove': 'point',
  'programs.startDetached': 'point',
  'started.confirm': 'point',
  'started.refuse': 'point',
  'programs.startInSession': NOT_RUN,
  'programs.startInBackground': NOT_RUN,
  'programs.runInForeground': NOT_RUN,
  'programs.succeeds': NOT_RUN,
  'programs.outputOf': NOT_RUN,
  'daemon.isInherited': 'point',
  'daemon.answerStarter': 'point',
  'daemon.onStopSignal': 'it only names the function that a signal calls',
  'daemon.exit': 'point',
};

/** The functions of the port at which others act, on every system. */
export const CALLS: readonly PortCall[] = namesWhere((reason) => reason === 'point');

/** The functions at which others act on macOS, where no daemon of ours runs. */
export const MACOS_CALLS: readonly PortCall[] = [
  ...CALLS,
  ...namesWhere((reason) => reason === MACOS_POINT),
].filter((call) => !OF_OUR_DAEMONS.test(call));

function namesWhere(isWanted: (reason: string) => boolean): readonly PortCall[] {
  return (Object.keys(PORT_CALLS) as PortCall[]).filter((call) => isWanted(PORT_CALLS[call]));
}
