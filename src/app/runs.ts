import { loadConfig, stateFolder } from '../config.ts';
import type { Ground } from '../core/ground.ts';
import { openStateFolder } from '../integrations/state-folder/index.ts';

/** The journals of a state folder, for reading alone. */
export async function openRuns(flagged: string | undefined): Promise<Pick<Ground, 'runs'> & { folder: string }> {
  const folder = stateFolder(loadConfig(), flagged);
  return { runs: (await openStateFolder(folder)).runs, folder };
}
