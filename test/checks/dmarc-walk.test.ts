import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findPolicy } from '../../src/core/checks/audit/check-dmarc.ts';
import { evaluateDmarc } from '../../src/integrations/mail-auth.ts';
import { parseZone, seeZone, zoneResolver } from '../zone-data.ts';

const DOMAIN = 'a.b.c.example.test';
const NAMES = ['a.b.c.example.test', 'b.c.example.test', 'c.example.test', 'example.test', 'test'];
const record = fc.option(
  fc.record({
    p: fc.constantFrom('none', 'quarantine', 'reject'),
    psd: fc.constantFrom('', '; psd=y', '; psd=n'),
    twice: fc.constantFrom(false, false, false, true),
  }),
);

it('finds the policy that another implementation finds, wherever records stand (RFC 9989 4.10)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 5, maxLength: 5 }), async (records) => {
      const lines = records.flatMap((one, index) => {
        if (one === null) return [];
        const line = `_dmarc.${NAMES[index]}. TXT v=DMARC1; p=${one.p}${one.psd}`;
        return one.twice ? [line, `${line}; rua=mailto:x@example.test`] : [line];
      });
      const zone = parseZone('test', lines.join('\n'));
      const resolver = zoneResolver(zone);
      const theirs = await evaluateDmarc({ headerFrom: `x@${DOMAIN}`, dkimDomains: [], spfDomains: [] }, resolver);
      const ours = findPolicy(DOMAIN, seeZone(zone));
      expect(ours === 'none' ? undefined : 'name' in ours ? ours.name : 'unknown').toBe(
        theirs.policyDomain === undefined ? undefined : `_dmarc.${theirs.policyDomain}`,
      );
    }),
    { numRuns: 300 },
  );
});
