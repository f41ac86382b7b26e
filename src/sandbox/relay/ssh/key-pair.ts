import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';

/** An Ed25519 key: the private half as OpenSSH keeps it, the public one as known_hosts has it ('ssh-ed25519 AAAA…'). */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Makes a key. One of some hundred that ssh2 1.17 makes can't be read again, so each is tried. */
export function makeKeyPair(comment: string): KeyPair {
  for (;;) {
    const made = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    const key = ssh2.utils.parseKey(made.private);
    const known = ssh2.utils.parseKey(made.public);
    if (key instanceof Error || known instanceof Error) continue;
    const probe = Buffer.from('probe');
    const signature = key.sign(probe);
    if (signature instanceof Error || known.verify(probe, signature) !== true) continue;
    const [type = '', base64 = ''] = made.public.split(' ');
    return { privateKey: made.private, publicKey: `${type} ${base64}` };
  }
}

/** A host key as `ssh-keygen -l` prints it. */
export function fingerprint({ publicKey }: KeyPair): string {
  const raw = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(raw).digest('base64').replace(/=+$/, '')}`;
}
