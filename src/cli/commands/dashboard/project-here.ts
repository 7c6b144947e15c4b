import { findProject } from '../../../dashboard/project.js';
import type { Failure } from '../../failure.js';

type ProjectHere = { readonly ok: true; readonly path: string } | ({ readonly ok: false } & Failure);

/** The project of the folder that the command is run in. */
export function projectHere(): ProjectHere {
  const folder = currentFolder();
  if (folder === null) return nowhere('the folder that it is run in is gone');
  const path = findProject(folder);
  return path === null
    ? nowhere(`neither \`${folder}\` nor a folder above it holds \`.kittify\``)
    : { ok: true, path };
}

function nowhere(message: string): ProjectHere {
  return { ok: false, message, nextStep: 'run it in the folder of a Spec Kitty project' };
}

/** Null where it was deleted meanwhile. */
function currentFolder(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}
