import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.ts';

/** What one instance is made with. */
export interface PostfixOptions {
  readonly maps?: 'hash' | 'lmdb';
  /** Lines of main.cf instead of the usual ones, or beside them, by parameter. */
  readonly main?: Readonly<Record<string, string>>;
  /** Texts of the maps' files. */
  readonly files?: Readonly<Record<string, string>>;
  /** A loopback address of its own; 127.0.0.1 where absent. */
  readonly address?: string;
  readonly port?: number;
  readonly host?: string;
  readonly destinations?: string;
}

const user = (name: string, which: '-u' | '-g') => Number(execFileSync('id', [which, name], { encoding: 'utf8' }));

/** A real Postfix of its own: relays for what its three maps say, and for nobody else. */
export async function openPostfix(options: PostfixOptions = {}) {
  const { maps = 'hash', address = '127.0.0.1' } = options;
  const base = mkdtempSync(join(tmpdir(), 'mailwright-postfix-'));
  chmodSync(base, 0o755);
  const etc = join(base, 'etc');
  for (const folder of ['etc', 'spool', 'data']) mkdirSync(join(base, folder), { mode: 0o755 });
  chownSync(join(base, 'data'), user('postfix', '-u'), user('postfix', '-g'));
  const port = options.port ?? (await freePort());
  const main: Record<string, string> = {
    compatibility_level: '3.6',
    queue_directory: join(base, 'spool'),
    data_directory: join(base, 'data'),
    command_directory: '/usr/sbin',
    daemon_directory: '/usr/lib/postfix/sbin',
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    myhostname: options.host ?? 'mx1.lab.test',
    mydestination: options.destinations ?? '',
    local_recipient_maps: '',
    alias_maps: '',
    alias_database: '',
    // Where it listens, master.cf says.
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    // Not loopback: what is taken for relaying is to be told by the maps alone.
    mynetworks: '192.0.2.55/32',
    relay_domains: `${maps}:${etc}/relay_domains`,
    transport_maps: `${maps}:${etc}/transport`,
    relay_recipient_maps: `${maps}:${etc}/relay_recipients`,
    smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
    smtpd_recipient_restrictions: '',
    smtp_dns_support_level: 'disabled',
    smtp_host_lookup: 'native',
    smtp_tls_security_level: 'none',
    maillog_file_prefixes: base,
    maillog_file: join(base, 'maillog'),
    // BASE: the folder of this instance.
    ...Object.fromEntries(
      Object.entries(options.main ?? {}).map(([name, value]) => [name, value.replaceAll('BASE', base)]),
    ),
  };
  writeFileSync(
    join(etc, 'main.cf'),
    `${Object.entries(main)
      .map(([name, value]) => `${name} = ${value}`)
      .join('\n')}\n`,
  );
  const proto = readFileSync('/etc/postfix/master.cf.proto', 'utf8');
  writeFileSync(
    join(etc, 'master.cf'),
    proto
      .replace(/^smtp +inet +n +- +y +- +- +smtpd/m, `${address}:${port} inet n - n - - smtpd`)
      .replace(/^([a-z0-9_-]+ +(?:inet|unix|fifo|pass) +[-yn]+ +[-yn?]+ +)y( )/gm, '$1n$2'),
  );
  const files = { relay_domains: '', transport: '', relay_recipients: '', ...options.files };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(etc, name), text);
    if (existsSync(join(etc, name)) && !name.includes('.')) postmap(`${maps}:${join(etc, name)}`);
  }
  function postmap(table: string): void {
    execFileSync('postmap', ['-c', etc, table]);
  }
  const postfix = (verb: string) => execFileSync('postfix', ['-c', etc, verb], { stdio: 'pipe' });
  postfix('start');
  return {
    base,
    etc,
    address,
    port,
    maps,
    read: (name: string) => readFileSync(join(etc, name), 'utf8'),
    write: (name: string, text: string) => writeFileSync(join(etc, name), text),
    postmap: (name: string) => postmap(`${maps}:${join(etc, name)}`),
    /** What the running daemons look up. */
    index: (name: string) =>
      execFileSync('postmap', ['-c', etc, '-s', `${maps}:${join(etc, name)}`], { encoding: 'utf8' }).trim(),
    log: () => (existsSync(join(base, 'maillog')) ? readFileSync(join(base, 'maillog'), 'utf8') : ''),
    postfix,
    isRunning(): boolean {
      try {
        postfix('status');
        return true;
      } catch {
        return false;
      }
    },
    async close(): Promise<void> {
      try {
        postfix('stop');
      } catch {
        // Stopped already.
      }
      await sleep(50);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

export type Postfix = Awaited<ReturnType<typeof openPostfix>>;
