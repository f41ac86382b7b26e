import { describe, expect, it } from 'vitest';
import { httpProblem, refusal } from './problems.ts';

const say = (code: string, ...args: string[]) =>
  refusal('mail.example.org', 'mailbox a@example.com', { type: 'danger', code, args });

describe('what Mailcow refuses', () => {
  it.each([
    ['password_complexity', [], 'failed', /password policy/],
    ['object_exists', ['a@example.com'], 'conflict', /there already/],
    ['is_alias', ['a@example.com'], 'conflict', /an alias has the address/],
    ['max_mailbox_exceeded', ['10', '10'], 'failed', /may have 10 mailboxes, and has 10/],
    ['mailbox_quota_exceeded', ['100'], 'failed', /100 MiB at most/],
    ['mailbox_quota_left_exceeded', ['5'], 'failed', /only 5 MiB left/],
    ['domain_cannot_match_hostname', [], 'conflict', /own host name/],
    ['redis_error', ['x'], 'unknown', /Redis/],
  ])('%s is a sentence with a way out', (code, args, kind, message) => {
    expect(say(code, ...args)).toMatchObject({
      kind,
      code: `mailcow.${code.replaceAll('_', '-')}`,
      message: expect.stringMatching(message),
      fix: expect.any(String),
    });
  });

  it('in words that nobody knows is told in these words', () => {
    expect(say('brand_new_word', 'x')).toMatchObject({
      code: 'mailcow.brand-new-word',
      message: expect.stringContaining('brand_new_word, x'),
    });
    expect(say('MySQL: gone away')).toMatchObject({ code: 'mailcow.refused' });
    expect(say('constructor')).toMatchObject({ kind: 'failed', code: 'mailcow.constructor' });
  });

  it('by HTTP is told by who refuses: the key, its address, its rights, or somebody in between', () => {
    const at = (status: number, says = '') => httpProblem('mail.example.org', 'version', status, says).code;
    expect([
      at(401, 'authentication failed'),
      at(401, 'api access denied for ip 2001:db8::1'),
      at(403, 'API read/write access denied'),
      at(403),
      at(302),
      at(404),
      at(502),
    ]).toEqual([
      'mailcow.key',
      'mailcow.scope',
      'mailcow.access-denied',
      'mailcow.access-denied',
      'mailcow.redirect',
      'mailcow.route',
      'mailcow.down',
    ]);
  });
});
