import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The names of the profiles in ~/.aws/config and ~/.aws/credentials, in their order; their content is not looked at. */
export async function listAwsProfiles(home = homedir()): Promise<readonly string[]> {
  const texts = await Promise.all(
    ['config', 'credentials'].map((name) => readFile(join(home, '.aws', name), 'utf8').catch(() => '')),
  );
  const names = texts.flatMap((text) =>
    [...text.matchAll(/^\s*\[\s*(?:profile\s+)?([^\]\s]+)\s*\]/gm)].map(([, name = '']) => name),
  );
  return [...new Set(names)];
}
