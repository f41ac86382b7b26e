import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeKeyFile, readPublicKey, readSigningKey } from './dkim-key-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'mailwright-key-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string, mode = 0o600) => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
};
const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;

describe('a DKIM key file', () => {
  it('is made for its owner alone, once, and read as SES and DNS want it', async () => {
    const path = join(folder, 'new.pem');
    expect(await readPublicKey(path)).toBeUndefined();
    expect(await makeKeyFile(path)).toBe('made');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('BEGIN RSA PRIVATE KEY');
    expect(await makeKeyFile(path)).toBe('kept');
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(await readPublicKey(path)).toMatch(/^MIIBIjAN[A-Za-z0-9+/]+=*$/);
    expect(await readSigningKey(path)).toBe(text.replace(/-----.*-----|\n/g, ''));
  });
  it('is never seen half written: whoever looks meanwhile finds none, or all of it', async () => {
    const path = join(folder, 'watched.pem');
    const seen = new Set<string>();
    let on = true;
    const watch = (async () => {
      while (on) {
        seen.add(((await readPublicKey(path)) ?? 'none').slice(0, 8));
        await new Promise((done) => setImmediate(done));
      }
    })();
    // Two runs at once: one makes it, the other keeps it.
    expect((await Promise.all([makeKeyFile(path), makeKeyFile(path)])).toSorted()).toEqual(['kept', 'made']);
    on = false;
    await watch;
    expect([...seen].filter((one) => !['none', 'MIIBIjAN'].includes(one))).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.startsWith('watched'))).toEqual(['watched.pem']);
  });
  it('may be PKCS#8: SES still gets PKCS#1', async () => {
    const key = rsa(2048);
    const path = file('8.pem', key.export({ type: 'pkcs8', format: 'pem' }) as string);
    expect(await readSigningKey(path)).toBe(
      (key.export({ type: 'pkcs1', format: 'der' }) as Buffer).toString('base64'),
    );
  });
  it.each([
    ['that others may read', rsa(2048).export({ type: 'pkcs1', format: 'pem' }), 0o640, 'mode 640'],
    ['of 1024 bits', rsa(1024).export({ type: 'pkcs1', format: 'pem' }), 0o600, 'RSA key of 1024 bits'],
    [
      'that is elliptic',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
      0o600,
      'type ed25519',
    ],
    [
      'with a passphrase',
      rsa(2048).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' }),
      0o600,
      'passphrase',
    ],
    ['that is something else', 'hello', 0o600, 'holds no private key'],
  ] as [string, string, number, string][])('%s is refused with the way out', async (name, text, mode, sentence) => {
    await expect(readPublicKey(file(`${name}.pem`, text, mode))).rejects.toMatchObject({
      kind: 'input',
      code: 'dkim.key-file',
      message: expect.stringContaining(sentence),
      fix: expect.any(String),
    });
  });
  it('whose folder is missing can’t be made, and is not invented', async () => {
    await expect(makeKeyFile(join(folder, 'no', 'such', 'k.pem'))).rejects.toMatchObject({ code: 'dkim.key-file' });
    await expect(readSigningKey(join(folder, 'gone.pem'))).rejects.toMatchObject({ code: 'dkim.key-missing' });
  });
});
