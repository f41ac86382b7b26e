import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type Server } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSshHost } from './ssh.ts';
import type { SshNeeds } from './ssh-auth.ts';
import { knownKeys, resolveTarget } from './ssh-config.ts';

const PEM = { type: 'pkcs1', format: 'pem' } as const;
const SPKI = { type: 'spki', format: 'pem' } as const;
const keyOf = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: SPKI, privateKeyEncoding: PEM }).privateKey;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mailwright-ssh-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

/** A server that lets everybody in who shows `lets`, remembers what was shown, and passes connections on as it is told. */
async function open(
  lets: 'publickey' | 'password',
  { forwards }: { forwards: 'yes' | 'never answers' } = { forwards: 'yes' },
) {
  const hostKey = keyOf();
  const shown: string[] = [];
  const passedOn: string[] = [];
  const keys: string[] = [];
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      shown.push(context.method === 'password' ? `password ${context.password}` : context.method);
      if (context.method === 'publickey') keys.push(context.key.data.toString('base64'));
      if (context.method === lets) context.accept();
      else context.reject([lets]);
    });
    client.on('tcpip', (accept, _reject, { destIP, destPort }) => {
      passedOn.push(`${destIP}:${destPort}`);
      if (forwards === 'never answers') return;
      const socket = connect(destPort, destIP);
      const stream = accept();
      socket.on('error', () => stream.close());
      stream.on('error', () => undefined);
      socket.pipe(stream).pipe(socket);
    });
    client.on('session', (accept) =>
      accept().on('exec', (acceptExec) => {
        const stream = acceptExec();
        stream.write('hello');
        stream.exit(0);
        stream.end();
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  const parsed = ssh2.utils.parseKey(hostKey);
  if (parsed instanceof Error) throw parsed;
  return { port, shown, passedOn, keys, key: `${parsed.type} ${parsed.getPublicSSH().toString('base64')}` };
}

let n = 0;
/** The needs of a person with this ssh_config, these known hosts, and one key. */
function person(config: string, known: readonly string[], more: Partial<SshNeeds> = {}): SshNeeds {
  n += 1;
  const configFile = join(folder, `config${n}`);
  const hosts = join(folder, `known${n}`);
  const key = join(folder, `key${n}`);
  writeFileSync(key, keyOf(), { mode: 0o600 });
  writeFileSync(hosts, `${known.join('\n')}\n`);
  writeFileSync(configFile, `${config}\nHost *\n  IdentityFile ${key}\n  UserKnownHostsFile ${hosts}\n`);
  return { configFile, passphrase: async () => undefined, timeoutMs: 3000, ...more };
}

async function hello(host: string, needs: SshNeeds): Promise<string> {
  const there = openSshHost(host, { privilege: 'auto' }, needs);
  try {
    return (await there.run('hello', '')).stdout;
  } finally {
    there.close();
  }
}

describe('known_hosts is asked as ssh asks it', () => {
  const known = async (config: string, lines: readonly string[]) => {
    const needs = person(config, lines);
    return (await knownKeys(await resolveTarget('mx', { privilege: 'auto' }, needs))).length;
  };
  let key = '';
  beforeAll(() => {
    const file = join(folder, 'known');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
    key = readFileSync(`${file}.pub`, 'utf8');
  });

  it('by HostName, not by the word that was typed', async () => {
    expect(await known('Host mx\n  HostName 192.0.2.7', [`192.0.2.7 ${key}`])).toBe(1);
    expect(await known('Host mx\n  HostName 192.0.2.7\n  Port 2222', [`[192.0.2.7]:2222 ${key}`])).toBe(1);
    expect(await known('', [`mx ${key}`])).toBe(1);
  });

  it('by HostKeyAlias without the port', async () => {
    expect(await known('Host mx\n  HostKeyAlias relay\n  Port 2222', [`relay ${key}`])).toBe(1);
    expect(await known('Host mx\n  HostKeyAlias relay\n  Port 2222', [`[relay]:2222 ${key}`])).toBe(0);
  });
});

describe('the way to a host', () => {
  it('a jump host is shown no password of the relay', async () => {
    const relay = await open('password');
    const jump = await open('publickey');
    const needs = person(
      `Host mx\n  HostName 127.0.0.1\n  Port ${relay.port}\n  ProxyJump jump\nHost jump\n  HostName 127.0.0.1\n  Port ${jump.port}`,
      [`[127.0.0.1]:${relay.port} ${relay.key}`, `[127.0.0.1]:${jump.port} ${jump.key}`],
      { password: 'the relay’s' },
    );
    expect(await hello('mx', needs)).toBe('hello');
    expect(relay.shown).toContain('password the relay’s');
    const strict = await open('password');
    const other = person(
      `Host mx\n  HostName 127.0.0.1\n  Port ${relay.port}\n  ProxyJump jump\nHost jump\n  HostName 127.0.0.1\n  Port ${strict.port}`,
      [`[127.0.0.1]:${relay.port} ${relay.key}`, `[127.0.0.1]:${strict.port} ${strict.key}`],
      { password: 'the relay’s' },
    );
    await expect(hello('mx', other)).rejects.toMatchObject({ code: 'ssh.refused' });
    expect(strict.shown.filter((one) => one.startsWith('password'))).toEqual([]);
  });

  it('several jumps are gone in their order', async () => {
    const [relay, first, second] = [await open('publickey'), await open('publickey'), await open('publickey')];
    const hosts = Object.entries({ mx: relay, first, second }).map(
      ([name, { port }]) => `Host ${name}\n  HostName 127.0.0.1\n  Port ${port}`,
    );
    const needs = person(
      `${hosts.join('\n')}\nHost mx\n  ProxyJump first,second`,
      [relay, first, second].map(({ port, key }) => `[127.0.0.1]:${port} ${key}`),
    );
    expect(await hello('mx', needs)).toBe('hello');
    expect(first.passedOn).toEqual([`127.0.0.1:${second.port}`]);
    expect(second.passedOn).toEqual([`127.0.0.1:${relay.port}`]);
  });

  it('a jump that leads to itself is said, and not followed for ever', async () => {
    const needs = person('Host mx\n  ProxyJump bastion\nHost bastion\n  ProxyJump mx', []);
    await expect(hello('mx', needs)).rejects.toMatchObject({
      code: 'ssh.jump',
      message: expect.stringContaining('bastion'),
    });
  });

  it('a jump host that never passes the connection on is given up', async () => {
    const jump = await open('publickey', { forwards: 'never answers' });
    const needs = person(
      `Host mx\n  HostName 192.0.2.1\n  ProxyJump jump\nHost jump\n  HostName 127.0.0.1\n  Port ${jump.port}`,
      [`[127.0.0.1]:${jump.port} ${jump.key}`, `192.0.2.1 ${jump.key}`],
      { timeoutMs: 1000 },
    );
    await expect(hello('mx', needs)).rejects.toMatchObject({ code: 'ssh.unreachable' });
  }, 10_000);

  it('a name with a command in it gets into no shell', async () => {
    const trap = join(folder, 'trapped');
    const needs = person(`Host mx\n  ProxyCommand : %r`, [], { timeoutMs: 1000 });
    const spec = { user: `x;touch ${trap};`, hostKey: `SHA256:${'A'.repeat(43)}`, privilege: 'auto' } as const;
    const there = openSshHost('mx', spec, needs);
    await expect(there.run('hello', '')).rejects.toMatchObject({ code: 'ssh.name' });
    expect(existsSync(trap)).toBe(false);
  });

  it('IdentitiesOnly asks the agent for these keys, and for no others', async () => {
    const relay = await open('publickey');
    const socket = join(folder, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      for (let left = 100; left > 0 && !existsSync(socket); left -= 1)
        await new Promise((done) => setTimeout(done, 50));
      const keys = ['mine', 'other'].map((name) => join(folder, name));
      for (const key of keys) {
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
        execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
        // Only the agent has it, as with a key on a token.
        rmSync(key);
      }
      const [mine = '', other = ''] = keys;
      const config = (key: string) =>
        `Host mx\n  HostName 127.0.0.1\n  Port ${relay.port}\n  IdentitiesOnly yes\n  IdentityFile ${key}`;
      const known = [`[127.0.0.1]:${relay.port} ${relay.key}`];
      const strict = (key: string) => {
        const needs = person(config(key), known, { agentSocket: socket });
        // The key that everybody here has would do, too.
        rmSync(join(folder, `key${n}`));
        return needs;
      };
      relay.keys.length = 0;
      expect(await hello('mx', strict(mine))).toBe('hello');
      const key = (file: string) => readFileSync(`${file}.pub`, 'utf8').split(' ')[1];
      expect(relay.keys).toContain(key(mine));
      expect(relay.keys).not.toContain(key(other));
      await expect(hello('mx', strict(join(folder, 'none')))).rejects.toMatchObject({ code: 'ssh.refused' });
    } finally {
      agent.kill();
    }
  });

  it('an agent that is gone does not keep the keys from being tried', async () => {
    const relay = await open('publickey');
    const needs = person(
      `Host mx\n  HostName 127.0.0.1\n  Port ${relay.port}`,
      [`[127.0.0.1]:${relay.port} ${relay.key}`],
      {
        agentSocket: join(folder, 'no-agent'),
      },
    );
    expect(await hello('mx', needs)).toBe('hello');
  });
});
