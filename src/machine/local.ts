import { onDarwin } from './darwin/machine.js';
import { answerStarter, exit, isInherited, onStopSignal } from './daemon-process.js';
import {
  absolutePath,
  fileExists,
  fileStatus,
  inspectPath,
  isDirectoryAt,
  isLinkAt,
  linkStatus,
  ourTree,
  readBoundedFile,
  readFileEnd,
  readLinkAt,
  realPathOf,
  treeOf,
} from './files.js';
import { readFileAtCommit } from './git.js';
import { getHealth } from './http.js';
import { readProcessActivity } from './linux/activity.js';
import { lacksListener } from './linux/loopback-listener.js';
import { procfs } from './linux/collector.js';
import { hasVisibleLocks, isLocked, isReleased, lockFile, lockingFileSystemOf } from './linux/flock.js';
import { remoteFileSystemOn } from './linux/mounts.js';
import { detectPidfd, readHandleSupport } from './linux/pidfd.js';
import {
  isVariableUtf8,
  isWorkingDirectoryUtf8,
  readLineage,
  readMachineIdentity,
  visibleProcesses,
} from './linux/own-context.js';
import { countProcesses, openPidList } from './linux/process-list.js';
import {
  isOfOurUser,
  minimumAgeSeconds,
  readEnvironmentVariables,
  readOpenLog,
  readProcess,
  readStat,
} from './linux/processes.js';
import { holdsSocket } from './linux/socket-owners.js';
import { readConnections } from './linux/connections.js';
import { listListeningSockets } from './linux/sockets.js';
import type { Machine } from './machine.js';
import { systeminformation } from './portable/collector.js';
import { requestDaemon } from './request.js';
import {
  accountName,
  after,
  architecture,
  commandLine,
  currentFolder,
  currentPid,
  currentRealUid,
  currentUid,
  environment,
  every,
  executablePath,
  homeInUserDatabase,
  CURRENT_PLATFORM,
  isLocalAddress,
  monotonicMs,
  nodeVersion,
  now,
  packagePath,
  randomBytes,
  readPackageFile,
  sleep,
  userName,
} from './runtime.js';
import { outputOf } from './program-output.js';
import { serveLoopback } from './server.js';
import { runInForeground, startDetached, startInBackground, startInSession, succeeds } from './spawn.js';
import { inTransaction } from './sqlite.js';
import {
  ask,
  canAsk,
  columns,
  hasColour,
  onInterrupt,
  print,
  showProgress,
  showWait,
  writeError,
} from './terminal.js';
import { postBatch } from './upload.js';
import {
  appendLines,
  appendText,
  makePrivateFolder,
  removeFile,
  renameFile,
  rewriteFile,
  writePrivateFile,
  writePublicFile,
} from './write.js';

/** Returns the machine that this process runs on. */
export function localMachine(): Machine {
  const machine = machineOfEverySystem();
  return CURRENT_PLATFORM.name === 'darwin' ? onDarwin(machine) : machine;
}

/** Returns the functions of Linux and those of every system. The functions that need Linux return an error elsewhere. */
function machineOfEverySystem(): Machine {
  return {
    observer: {
      platform: CURRENT_PLATFORM,
      self: {
        pid: currentPid(),
        uid: currentUid(),
        realUid: currentRealUid(),
        userName: userName(),
        accountName,
        executable: executablePath(),
        commandLine: commandLine(),
        nodeVersion: nodeVersion(),
        architecture: architecture(),
        environment: environment(),
        workingDirectory: currentFolder,
        isWorkingDirectoryUtf8,
        isVariableUtf8,
        homeInUserDatabase,
        lineage: readLineage,
        machineIdentity: readMachineIdentity,
        visibleProcesses,
      },
      clock: { now, monotonicMs, sleep, after, every },
      processes: {
        read: readProcess,
        hasOurUser: isOfOurUser,
        stat: readStat,
        environment: readEnvironmentVariables,
        activity: readProcessActivity,
        openLog: readOpenLog,
        minimumAgeSeconds,
        pids: openPidList,
        count: countProcesses,
      },
      sockets: {
        listening: listListeningSockets,
        lacksListener,
        connections: readConnections,
        holds: holdsSocket,
        isLocalAddress,
      },
      files: {
        ours: ourTree,
        of: treeOf,
        read: readBoundedFile,
        readEnd: readFileEnd,
        exists: fileExists,
        isDirectory: isDirectoryAt,
        isLink: isLinkAt,
        inspect: inspectPath,
        realPath: realPathOf,
        absolutePath,
        status: fileStatus,
        linkStatus,
        readLink: readLinkAt,
        remoteFileSystemOn,
        isLocked,
        hasVisibleLocks,
        lockingFileSystemOf,
        isReleased,
        atCommit: readFileAtCommit,
        packagePath,
        readPackageFile,
      },
      collectors: { procfs, systeminformation },
      randomBytes,
      getHealth,
      pidfdSupport: readHandleSupport,
    },
    actor: {
      files: {
        writePrivate: writePrivateFile,
        writePublic: writePublicFile,
        rewrite: rewriteFile,
        appendLines,
        appendText,
        makePrivateFolder,
        rename: renameFile,
        remove: removeFile,
      },
      programs: { startDetached, startInBackground, runInForeground, startInSession, succeeds, outputOf },
      daemon: { isInherited, answerStarter, onStopSignal, exit },
      terminal: { print, writeError, hasColour, columns, canAsk, ask, showProgress, showWait, onInterrupt },
      detectPidfd: detectPidfd,
      request: requestDaemon,
      lock: lockFile,
      serve: serveLoopback,
      database: inTransaction,
      upload: postBatch,
    },
  };
}
