import { expect, it } from 'vitest';
import { type MessageVerdict, SIGNATURE_FAULTS } from '../../core/verdicts.ts';
import { messageWays } from './message-ways.ts';

const FAILS: MessageVerdict = {
  author: 'a.test',
  signatures: [],
  arc: { result: 'none', instances: 0 },
  dmarc: { result: 'fail', policy: 'reject' },
};
const OWN = { domain: 'a.test', selector: 's', result: 'fail', aligned: true };
const spf = (result: 'pass' | 'fail', domain: string) => ({ result, domain, ip: '192.0.2.1', aligned: false });

it.each<[what: string, more: Partial<MessageVerdict>, ways: readonly string[]]>([
  ['nothing of its own', {}, ['Where it is rightly sent as a.test: sign it with DKIM as a.test.']],
  [
    'an envelope of somebody else',
    { spf: spf('pass', 'b.test') },
    [
      'Where it is rightly sent as a.test: sign it with DKIM as a.test, or send it with an envelope sender of that domain.',
    ],
  ],
  [
    'a key that is gone',
    { signatures: [{ ...OWN, reason: SIGNATURE_FAULTS.noKey }], spf: spf('fail', 'a.test') },
    [
      'Publish the key at s._domainkey.a.test, or sign with one that is there.',
      'mailwright spf 192.0.2.1 --from postmaster@a.test shows which term decides.',
    ],
  ],
  [
    'a list that vouches for it',
    {
      signatures: [{ ...OWN, reason: SIGNATURE_FAULTS.changed }],
      spf: spf('pass', 'list.test'),
      arc: { result: 'pass', instances: 1, sealer: 'list.test' },
    },
    [
      'Whoever passed it on has changed it (the footer of a list, a scanner): have it left as it is, or sent on with a From of their own.',
      'list.test passed it on and vouches for what it found then: receivers that trust it may take the message all the same.',
    ],
  ],
  ['a pass', { dmarc: { result: 'pass' } }, []],
])('the way out of %s', (_what, more, ways) => {
  expect(messageWays({ ...FAILS, ...more })).toEqual(ways);
});
