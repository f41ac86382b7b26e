import { loadConfig, maskedConfig } from '../config.ts';

/** The configuration in effect, for people: secrets masked. Throws Problems with every error at once. */
export function readConfiguration(): { name: string; value: string; title: string }[] {
  return maskedConfig(loadConfig());
}
