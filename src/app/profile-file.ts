import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Document, parse } from 'yaml';
import { Problem } from '../core/problem.ts';
import { parseProfile } from '../core/profile/parse-profile.ts';

/** A profile as a file for people: what it is for on top, what it can't say at the end. */
export function profileText(
  profile: Readonly<Record<string, unknown>>,
  domains: readonly string[],
  notes: readonly string[],
): string {
  const document = new Document(profile);
  document.commentBefore = ` What ${namesOf(domains)} ${domains.length > 1 ? 'have in common' : 'has'}, written by \`mailwright inspect\`. Read it before you use it.`;
  if (notes.length > 0) document.comment = notes.map((note) => ` ${note}`).join('\n');
  const text = document.toString({ lineWidth: 0 });
  // What is written must be readable again: a profile that is refused helps nobody.
  parseProfile(parse(text) ?? {}, 'the inferred profile');
  return text;
}

function namesOf(domains: readonly string[]): string {
  const shown = domains.slice(0, 5).join(', ');
  return domains.length > 5 ? `${shown} and ${domains.length - 5} more` : shown;
}

/** Writes it whole or not at all. A file that is there stays, unless `force`. */
export function writeProfileFile(path: string, text: string, force: boolean): void {
  const draft = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeFileSync(draft, text, { flag: 'wx' });
    // A link fails where the name is taken, a rename would replace it.
    if (force) renameSync(draft, path);
    else linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new Problem('conflict', 'profile.exists', `--write-profile: ${path} is there already.`, {
        fix: 'Name another file, or write over it with --force.',
      });
    }
    throw new Problem(
      'input',
      'flag.file',
      `--write-profile: ${path} can't be written (${(error as Error).message}).`,
      {
        fix: 'Name a file in a folder that exists and may be written.',
      },
    );
  } finally {
    if (existsSync(draft)) rmSync(draft, { force: true });
  }
}
