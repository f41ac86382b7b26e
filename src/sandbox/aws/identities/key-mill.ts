import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyLength, KeyMill } from '../state.ts';

const generate = promisify(generateKeyPair);

/** Opens the mill: a queue, so that a hundred new identities do not take every core from whoever is being tested. */
export function openKeyMill(): KeyMill {
  let last: Promise<unknown> = Promise.resolve();
  let open = true;
  return {
    make(length: KeyLength): Promise<KeyObject> {
      const key = last.then(async () => {
        if (!open) return new Promise<KeyObject>(() => {});
        const { privateKey } = await generate('rsa', { modulusLength: length === 'RSA_1024_BIT' ? 1024 : 2048 });
        return privateKey;
      });
      last = key;
      return key;
    },
    close() {
      open = false;
    },
  };
}
