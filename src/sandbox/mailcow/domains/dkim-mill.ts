import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { DkimKey } from '../state.ts';

const generate = promisify(generateKeyPair);

/** Makes RSA keys one after the other, so that many new domains do not take every core from whoever is being tested. */
export class DkimMill {
  #last: Promise<unknown> = Promise.resolve();

  make(selector: string, bits: number): Promise<DkimKey> {
    const made = this.#last.then(async () => {
      const { publicKey, privateKey } = await generate('rsa', {
        modulusLength: bits,
        publicKeyEncoding: { type: 'spki', format: 'der' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      });
      return { selector, publicKey: publicKey.toString('base64'), privateKey };
    });
    this.#last = made;
    return made;
  }
}
