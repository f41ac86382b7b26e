import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { Problem } from '../core/problem.ts';

/** A file of mode 600 that is ours alone and empty so far. */
export interface SecretFile {
  /** Writes it whole, and waits until it is on the disk. */
  write(text: string): void;
  /** Takes it away, where nothing came to be written; else nothing happens. */
  discard(): void;
}

/** Makes the file that a flag names before there is a secret for it. Throws a Problem where something is there already, or it can't be made. */
export function makeSecretFile(flag: string, path: string): SecretFile {
  let file: number;
  let isOpen = true;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new Problem('input', 'flag.file', `${flag}: ${path} is there already.`, {
        fix: 'Name another file: secrets that are in use would be lost.',
      });
    throw new Problem('input', 'flag.file', `${flag}: ${path} can't be written (${message}).`, {
      fix: 'Name a file in a folder that exists and may be written.',
    });
  }
  return {
    write(text) {
      writeSync(file, text);
      fsyncSync(file);
      closeSync(file);
      isOpen = false;
    },
    discard() {
      if (!isOpen) return;
      closeSync(file);
      isOpen = false;
      rmSync(path, { force: true });
    },
  };
}
