import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { Problem } from '../core/problem.ts';

/** Shorter keys are no longer safe, and longer ones SES does not take (developer guide, "Provide your own DKIM authentication token"). */
const BITS = 2048;

/** The public half as a record's p= holds it; undefined where there is no such file. Throws a Problem for a file that can't be used. */
export async function readPublicKey(path: string): Promise<string | undefined> {
  const key = await readKey(path);
  return key && createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
}

/** What SES wants to be given: the PKCS#1 body, without header, footer and line breaks. For the call itself, never to be kept. */
export async function readSigningKey(path: string): Promise<string> {
  const key = await readKey(path);
  if (!key) throw new Problem('input', 'dkim.key-missing', `The DKIM key file ${path} is gone.`);
  return key.export({ type: 'pkcs1', format: 'der' }).toString('base64');
}

/**
 * Makes a new key for its owner's eyes only; a file that is there already is kept and never written over. The file appears whole or not at
 * all: written beside its place, it gets its name at the end.
 */
export async function makeKeyFile(path: string): Promise<'made' | 'kept'> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: BITS });
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeSynced(draft, privateKey.export({ type: 'pkcs1', format: 'pem' }));
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (!NO_LINKS.includes(error.code ?? '')) throw error;
      // File systems without links: still never over a file that is there.
      return copyFile(draft, path, constants.COPYFILE_EXCL);
    });
    await syncFolder(dirname(path));
    return 'made';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return 'kept';
    throw new Problem('input', 'dkim.key-file', `The DKIM key file ${path} can't be made (${message}).`, {
      fix: 'Make its folder, or name another file in dkim.keyFile.',
      cause: error,
    });
  } finally {
    await rm(draft, { force: true });
  }
}

const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

async function writeSynced(path: string, text: string | Buffer): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    await file.writeFile(text);
    // A key that SES signs with and a power cut took away could not be had back.
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The name in its folder, too, outlives a power cut; where folders can't be synced, the file system has to see to it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

async function readKey(path: string): Promise<KeyObject | undefined> {
  const refuse = (what: string, fix: string) =>
    new Problem('input', 'dkim.key-file', `dkim.keyFile: ${path} ${what}.`, { fix });
  let file: FileHandle | undefined;
  let pem: string;
  try {
    file = await open(path);
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0) {
      throw refuse(
        `may be read by others (mode ${(mode & 0o777).toString(8)})`,
        `Take their rights away: chmod 600 ${path}. If others could read it for long, use a new key under a new selector.`,
      );
    }
    pem = await file.readFile('utf8');
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw refuse(`can't be read (${message})`, 'Give its owner the right to read it, or name another file.');
  } finally {
    await file?.close();
  }
  const key = parseKey(pem);
  if (key === 'passphrase') {
    throw refuse(
      'is protected by a passphrase, which nobody can type while a run is at work',
      'Write it without one (openssl rsa -traditional), with mode 600.',
    );
  }
  const bits = key?.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined;
  if (key && bits === BITS) return key;
  const found =
    bits !== undefined
      ? `holds an RSA key of ${bits} bits`
      : key
        ? `holds a key of type ${key.asymmetricKeyType}`
        : 'holds no private key';
  throw refuse(
    found,
    `SES signs with RSA keys of ${BITS} bits in PEM (PKCS#1 or PKCS#8). Name a file that does not exist, and \`mailwright up\` makes one.`,
  );
}

function parseKey(pem: string): KeyObject | 'passphrase' | undefined {
  if (/BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(pem)) return 'passphrase';
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
