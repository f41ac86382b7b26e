import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.ts';

/** A real OpenSSH server on loopback, for root with a key of its own; more users by `addUser`. */
export async function openSshd(options: { keyType?: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'mailwright-sshd-'));
  chmodSync(folder, 0o755);
  mkdirSync('/run/sshd', { recursive: true });
  const keygen = (file: string, more: readonly string[] = ['-N', '']) =>
    execFileSync('ssh-keygen', ['-q', '-t', options.keyType ?? 'ed25519', ...more, '-f', join(folder, file)]);
  keygen('hostkey');
  keygen('clientkey');
  mkdirSync(join(folder, 'authkeys'));
  copyFileSync(join(folder, 'clientkey.pub'), join(folder, 'authkeys', 'root'));
  const port = await freePort();
  const config = join(folder, 'sshd_config');
  writeFileSync(
    config,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${folder}/hostkey`,
      `PidFile ${folder}/sshd.pid`,
      `AuthorizedKeysFile ${folder}/authkeys/%u`,
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      'MaxStartups 100',
      'LogLevel VERBOSE',
    ].join('\n'),
  );
  const child = spawn('/usr/sbin/sshd', ['-D', '-f', config, '-E', join(folder, 'sshd.log')], { stdio: 'ignore' });
  await listening(port);
  const users: string[] = [];
  return {
    folder,
    port,
    user: userInfo().username,
    keyFile: join(folder, 'clientkey'),
    hostKey: execFileSync('ssh-keygen', ['-lf', join(folder, 'hostkey.pub')], { encoding: 'utf8' }).split(' ')[1] ?? '',
    publicKey: readFileSync(join(folder, 'hostkey.pub'), 'utf8').split(' ').slice(0, 2).join(' '),
    log: () => readFileSync(join(folder, 'sshd.log'), 'utf8'),
    keygen,
    /** A user that is no root, let in with the same key. */
    addUser(name: string): void {
      execFileSync('useradd', ['-M', '-s', '/bin/sh', name]);
      // useradd's '!' means "locked", which is refused without PAM.
      execFileSync('usermod', ['-p', '*', name]);
      copyFileSync(join(folder, 'clientkey.pub'), join(folder, 'authkeys', name));
      users.push(name);
    },
    async close(): Promise<void> {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
      for (const name of users) execFileSync('userdel', ['-f', name], { stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until somebody listens. */
export async function listening(port: number, address = '127.0.0.1'): Promise<void> {
  for (let left = 100; left > 0; left -= 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, address, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await sleep(50);
  }
  throw new Error(`nobody listens at ${address}:${port}`);
}
