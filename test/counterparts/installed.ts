import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

/** A foreign client that may be here or not. */
export interface Client {
  readonly name: string;
  /** Its program (or, of a library, its main file) where it is installed. */
  readonly path: string | undefined;
}

const HOME = fileURLToPath(new URL('../../.counterparts/', import.meta.url));

/** A program of a Python environment. The mark is written last, so an installation that broke off does not count. */
function ofEnvironment(name: string, environment: string, program: string): Client {
  const path = join(HOME, environment, 'bin', program);
  return { name, path: existsSync(join(HOME, environment, '.ready')) && existsSync(path) ? path : undefined };
}

/** Servers lie in /usr/sbin, which is on nobody's path but root's. */
function onPath(name: string): Client {
  const found = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
    .map((folder) => join(folder, name))
    .find(isExecutable);
  return { name, path: found };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const cloudflareSdk = join(HOME, 'cloudflare/node_modules/cloudflare/index.mjs');

export const AWS_CLI = ofEnvironment('awscli', 'awscli', 'aws');
export const OCTODNS = ofEnvironment('octoDNS', 'dns-clients', 'octodns-sync');
export const OCTODNS_PORKBUN = ofEnvironment('octoDNS for Porkbun', 'octodns-porkbun', 'octodns-sync');
/** Lexicon has no option for its base URL, so it is run through a wrapper by the Python of its environment. */
export const LEXICON_PYTHON = ofEnvironment('lexicon', 'dns-clients', 'python');
export const MOTO = ofEnvironment('moto', 'moto', 'moto_server');
export const CLOUDFLARE_SDK: Client = {
  name: 'cloudflare (npm)',
  path: existsSync(cloudflareSdk) ? cloudflareSdk : undefined,
};
export const DIG = onPath('dig');
export const KNOT = onPath('knotd');
/** Knot's keys, and a resolver that verifies. */
export const KEYMGR = onPath('keymgr');
export const UNBOUND: Client = KEYMGR.path && KNOT.path ? onPath('unbound') : { name: 'unbound', path: undefined };
export const CURL = onPath('curl');
export const OPENSSL = onPath('openssl');
export const CHROMIUM = onPath('chromium');
/** Both are needed, and root, who alone may start them. */
export const POSTFIX_AND_SSHD: Client = {
  name: 'Postfix and OpenSSH',
  path: process.getuid?.() === 0 && onPath('sshd').path && onPath('sudo').path ? onPath('postfix').path : undefined,
};

/** Tests of a foreign client: all of them run where it is installed; where not, one sentence says so and they are skipped. */
export function describeClient(client: Client, tests: (path: string) => void): void {
  const { name, path = '' } = client;
  if (path === '') process.stdout.write(`Skipped: ${name} is not installed here (.ci/counterparts installs it).\n`);
  describe.skipIf(path === '')(name, () => tests(path));
}
