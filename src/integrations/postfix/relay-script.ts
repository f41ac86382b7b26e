import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RelaySpec } from '../../core/domain-spec.ts';

/** Where the helper is installed on a relay. */
export const HELPER = '/usr/local/sbin/mailwright-relay';

/** The program that shows and edits a relay's tables: installed there as a helper, or sent with each call to one where we may be root. */
export function relayScript(): string {
  return readFileSync(new URL('./mailwright-relay.sh', import.meta.url), 'utf8');
}

/** The sudoers line that lets a user run the helper, and nothing else (sudo 1.9.10 or newer for the pattern). */
export function sudoersLine(user: string): string {
  return `${user} ALL=(root) NOPASSWD: ${HELPER} ^(show|put)( /[A-Za-z0-9._/-]+)?$`;
}

/** SHA-256 of the program, for comparing what is installed. */
export function scriptSum(): string {
  return createHash('sha256').update(relayScript()).digest('hex');
}

/** The command by which a relay does `verb`, in one line for any login shell. */
export function relayCommand(verb: 'show' | 'put', { ssh, configDirectory }: RelaySpec): string {
  const args = [verb, ...(configDirectory === undefined ? [] : [configDirectory])].join(' ');
  const helper = `sudo -n ${HELPER} ${args}`;
  if (ssh.privilege === 'helper') return helper;
  const sent = `sh -c ${quoted(relayScript())} mailwright-relay ${args}`;
  if (ssh.privilege === 'root') return sent;
  if (ssh.privilege === 'sudo') return `sudo -n ${sent}`;
  const choice = `if [ "$(id -u)" = 0 ]; then exec ${sent}; elif [ -x ${HELPER} ]; then exec ${helper}; else exec sudo -n ${sent}; fi`;
  return `sh -c ${quoted(choice)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
