import type { RelaySpec } from '../../core/domain-spec.ts';
import { Problem } from '../../core/problem.ts';
import type { Ran } from '../wire/ssh/ssh-execute.ts';
import { HELPER, sudoersLine } from './relay-script.ts';
import { parseSections } from './relay-state.ts';

/** What the relay's tables hold is not what the plan was made over. */
export function refusedEdit(host: string, why: string): Problem {
  return new Problem('retry', 'postfix.moved', `${host}: ${why}; nothing was changed.`, {
    fix: 'Run again: the plan is made anew over what is there.',
  });
}

/** Whether an edit was refused because a table is not as it was read. */
export function isStale(ran: Ran): boolean {
  const sections = parseSections(ran.stdout);
  // What could not be put back is for people to look at, not for another try.
  const isLeft = sections.some((one) => one.name === 'restored' && one.words[0] === 'no');
  return !isLeft && sections.some((one) => one.name === 'failed' && one.words[0] === 'stale');
}

/** Why the relay did not do what it was asked; undefined where it did. */
export function relayProblem(relay: RelaySpec, ran: Ran, wrote: boolean): Problem | undefined {
  const { host } = relay;
  const sections = parseSections(ran.stdout);
  const failed = sections.find((one) => one.name === 'failed');
  if (!failed) {
    if (ran.code === 0) return undefined;
    return sudoProblem(relay, ran) ?? strange(host, ran);
  }
  const [word = ''] = failed.words;
  const said = failed.body.trim().split('\n').slice(-3).join(' ') || word;
  const restored = sections.find((one) => one.name === 'restored')?.words[0];
  const [sentence, fix] = sentenceOf(word, said, relay);
  if (restored === 'no')
    return new Problem(
      'failed',
      'postfix.not-restored',
      `${host}: ${sentence}; the tables could not be put back as they were.`,
      {
        fix: `Look at ${host} now: copies of every table stand beside them as *.mailwright-<date>; run postmap and postfix reload.`,
      },
    );
  const kind = ['stale', 'busy', 'cut'].includes(word) ? 'retry' : 'failed';
  const ending = restored === 'yes' ? '; everything is as it was before' : wrote ? '; nothing was changed' : '';
  return new Problem(kind, `postfix.${word}`, `${host}: ${sentence}${ending}.`, { fix });
}

function sentenceOf(word: string, said: string, { host }: RelaySpec): readonly [sentence: string, fix: string] {
  switch (word) {
    case 'no-postfix':
      return ['there is no Postfix there', 'Take the host out of the profile’s relays, or say managed: false.'];
    case 'directory':
      return [
        `its configuration is not to be trusted (${said})`,
        'Correct configDirectory of the relay, or the rights of that folder.',
      ];
    case 'stale':
      return ['its tables were changed by somebody in between', 'Run again: the plan is made anew over what is there.'];
    case 'busy':
      return ['another edit is at work there', 'Run again in a minute.'];
    case 'root':
      return [
        'only root may edit Postfix',
        `Connect as root, or give the user the right to run ${HELPER} (mailwright relay install-helper).`,
      ];
    case 'write':
      return [
        `a file could not be written (${said})`,
        /space|quota|full/i.test(said)
          ? `Make room on the disk of ${host}, then run again.`
          : 'See why on the relay, then run again.',
      ];
    case 'unfit':
      return [
        `a file is not edited by root (${said})`,
        'Let it be a plain file in a folder of root (main.cf names tables), then run again.',
      ];
    case 'content':
      return [`the new text can’t be written (${said})`, 'Correct what the sentence names there, then run again.'];
    case 'postmap':
      return [
        `postmap refuses the new table (${said})`,
        /unsupported/.test(said)
          ? 'Install the package for that table type there (postfix-lmdb), then run again.'
          : 'Correct the table there, then run again.',
      ];
    case 'check':
      return [`postfix check complains (${said})`, 'Correct the configuration there, then run again.'];
    case 'swap':
      return [`a new table could not take its place (${said})`, 'See why on the relay, then run again.'];
    case 'reload':
      return [`Postfix does not reload (${said})`, 'See its log on the relay, then run again.'];
    case 'certificates':
      return ['it has no certificates by which SES could be known', 'Install the package ca-certificates there.'];
    case 'cut':
      return ['the connection was cut before all had arrived', 'Run again.'];
    default:
      return [`${said}`, 'Install the helper of this version (mailwright relay install-helper), then run again.'];
  }
}

/** What sudo says when it lets nobody through: it never asks for a password here (-n). */
function sudoProblem(relay: RelaySpec, { stderr, code }: Ran): Problem | undefined {
  const { host, ssh } = relay;
  const user = ssh.user ?? 'USER';
  const wantsPassword = /password is required|a terminal is required|no tty/i.test(stderr);
  const forbidden = /not allowed|not in the sudoers|may not run/i.test(stderr);
  if (wantsPassword || forbidden)
    return new Problem(
      'unknown',
      'postfix.sudo',
      `${host}: sudo ${wantsPassword ? 'asks for a password, which no run can type' : 'does not allow it'} (${stderr.trim().split('\n')[0]}).`,
      {
        fix: `Install the helper there (mailwright relay install-helper prints it) and this line for sudo: ${sudoersLine(user)}`,
      },
    );
  if (code === 127 || /not found|no such file/i.test(stderr))
    return new Problem(
      'unknown',
      'postfix.helper',
      `${host}: ${stderr.trim().split('\n')[0] || `${HELPER} is not there`}.`,
      {
        fix: 'Install the helper there (mailwright relay install-helper prints it), or set ssh.privilege in the profile.',
      },
    );
  return undefined;
}

function strange(host: string, { code, stderr }: Ran): Problem {
  const words = stderr.trim().split('\n').slice(-1)[0] ?? '';
  return new Problem(
    'unknown',
    'postfix.answer',
    `${host}: the command ended with ${code}${words ? ` (${words})` : ''}.`,
    {
      fix: 'Run again; if it stays, try the command by hand: mailwright relay show.',
      retry: {},
    },
  );
}
