import { expect, it } from 'vitest';
import type { DomainSpec } from '../../core/domain-spec.ts';
import type { Made } from '../../core/resource.ts';
import { parseShow } from './relay-state.ts';
import { revertRelay } from './revert.ts';

const packed = (head: string, body: string) => `@${head}\n${Buffer.from(body).toString('base64')}\n`;
const OURS = '# mailwright begin: lines between these marks are kept by mailwright\n';

/** What takes the lines of gone.test back at relay.test, for a domain whose wish is this. */
function revert(wish: object) {
  const main = 'transport_maps = texthash:/t\nrelay_domains = \n';
  const state = parseShow(
    'relay.test',
    [
      '@mailwright-relay 1\n',
      packed('postconf', main),
      packed('raw', main),
      '@status running\n',
      packed(
        `source transport_maps texthash /t ${'0'.repeat(64)}`,
        `${OURS}gone.test\tsmtp:[mail.test]\n# mailwright end\n`,
      ),
      '@end\n',
    ].join(''),
  );
  const lines = { transport_maps: { 'gone.test': 'smtp:[mail.test]' } };
  const made = {
    id: 'postfix relay.test/gone.test',
    system: 'postfix relay.test',
    verb: 'create',
    what: 'lines',
    after: { host: 'relay.test', domain: 'gone.test', lines },
    undo: 'inverse',
    sure: true,
  } as Made;
  return revertRelay('relay.test', [made], state, { domain: 'gone.test', ...wish } as DomainSpec).changes[0];
}

const mx = [{ host: 'in.test', preference: 10 }];

it('a relay behind an MX of another name keeps its lines as long as that MX leads there', () => {
  expect(revert({ mx, relays: [{ host: 'relay.test' }] })).toMatchObject({
    verb: 'delete',
    receivesAt: ['relay.test', 'in.test'],
  });
});

it('one that the wish no longer names waits for no MX of others', () => {
  expect(revert({ mx, relays: [{ host: 'other.test' }] })?.receivesAt).toEqual(['relay.test']);
});
