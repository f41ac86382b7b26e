import { expect, it } from 'vitest';
import { fine, unseen } from './audit/see.ts';
import { withOneReason } from './one-reason.ts';

const WHY = 'ns1.a.test: no answer in 2 s';
const silent = [
  unseen('ns.silent', 'a.test', WHY),
  unseen('spf.none', 'a.test', WHY),
  unseen('dmarc.none', '_dmarc.a.test', `_dmarc.a.test: ${WHY}`),
];

it('what is unknown for one reason is said once, and what it is about', () => {
  const other = unseen('mx.replies', 'a.test', 'SERVFAIL');
  const good = fine('mx.replies', 'a.test', 'x');
  const shown = withOneReason([good, ...silent, other]);
  expect(shown.map(({ id }) => id)).toEqual(['mx.replies', 'ns.silent', 'mx.replies']);
  expect(shown[1]?.next).toBe('for the same reason nothing is known of spf.none a.test, dmarc.none _dmarc.a.test');
});

it('two of a reason stay as they are, and so does what says what comes next', () => {
  expect(withOneReason(silent.slice(1))).toEqual(silent.slice(1));
  const region = silent.map((one) => ({ ...one, next: 'Grant ses:GetEmailIdentity.' }));
  expect(withOneReason(region)).toEqual(region);
});
