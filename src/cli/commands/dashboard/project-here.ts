import { projectAround } from '../../../dashboard/project.js';
import type { Failure } from '../../failure.js';

type ProjectHere = { readonly ok: true; readonly path: string } | ({ readonly ok: false } & Failure);

/** The project of the folder that the command is run in. */
export function projectHere(): ProjectHere {
  const { folder, project } = projectAround();
  if (folder === null) return nowhere('the folder that it is run in is gone');
  return project === null
    ? nowhere(`neither \`${folder}\` nor a folder above it holds \`.kittify\``)
    : { ok: true, path: project };
}

function nowhere(message: string): ProjectHere {
  return { ok: false, message, nextStep: 'run it in the folder of a Spec Kitty project' };
}
