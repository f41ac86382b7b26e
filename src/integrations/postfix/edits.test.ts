import { expect, it } from 'vitest';
import type { DomainSpec, RelaySpec } from '../../core/domain-spec.ts';
import type { Owned } from '../../core/resource.ts';
import { computeEdits } from './edits.ts';
import { planRelay, type RelayData } from './plan.ts';
import { isStale } from './problems.ts';
import { parseShow } from './relay-state.ts';

const NOTHING: Owned = { get: () => undefined, entries: () => [] };
const RELAY = {
  host: 'mx.test',
  managed: true,
  recipients: 'any',
  nextHop: 'mail.test',
  ssh: { privilege: 'root' },
} satisfies RelaySpec;
const SPEC = { domain: 'new.test', relays: [RELAY] } as unknown as DomainSpec;

const section = (head: string, body: string | Buffer) => `@${head}\n${Buffer.from(body).toString('base64')}\n`;

/** A relay whose main.cf says this, with these further sections. */
function relay(main: Readonly<Record<string, string>>, ...more: readonly string[]) {
  const values = Object.entries({ smtpd_relay_restrictions: 'reject_unauth_destination', ...main })
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
  const parts = [
    '@mailwright-relay 1\n',
    section('postconf', values),
    section('raw', values),
    section('services', 'relay unix - - n - - smtp\nsmtp unix - - n - - smtp\n'),
    '@status running\n',
    ...more,
    '@end\n',
  ];
  return parseShow('mx.test', parts.join(''));
}

const texthash = (parameter: string, path: string, text: string | Buffer) =>
  section(`source ${parameter} texthash ${path} ${'0'.repeat(64)}`, text);

/** The edits that make what is planned, as head and bytes. */
function edits(state: ReturnType<typeof relay>) {
  const { changes = [], conflicts } = planRelay(SPEC, RELAY, state, NOTHING);
  expect(conflicts).toEqual([]);
  const wishes = changes.map(({ id, after }) => ({
    id,
    before: {},
    after: (after as unknown as RelayData).lines,
  }));
  const lines = computeEdits('mx.test', wishes, state, false).input.split('\n');
  return lines.flatMap((head, at) =>
    /^@(edit|inline)/.test(head) ? [{ head, bytes: Buffer.from(lines[at + 1] ?? '', 'base64') }] : [],
  );
}

it('remarks in another encoding stay as they are, byte for byte', () => {
  const theirs = Buffer.from('# J\xf6rgs Dom\xe4nen\nother.test smtp:[mail.test]\n', 'latin1');
  const state = relay(
    { transport_maps: 'texthash:/t', relay_domains: 'other.test' },
    texthash('transport_maps', '/t', theirs),
  );
  const [first] = edits(state);
  expect(first?.bytes.subarray(0, theirs.length)).toEqual(theirs);
});

it('one table for transports and domains is edited once, and says where mail goes', () => {
  const text = 'other.test smtp:[mail.test]\n';
  const both = { transport_maps: 'texthash:/t', relay_domains: 'texthash:/t' };
  const state = relay(both, texthash('transport_maps', '/t', text), texthash('relay_domains', '/t', text));
  const all = edits(state);
  expect(all.map(({ head }) => head.split(' ').slice(0, 2))).toEqual([['@edit', 'transport_maps']]);
  expect(all[0]?.bytes.toString()).toContain('\nnew.test\tsmtp:[mail.test]\n');
  expect(all[0]?.bytes.toString()).not.toContain('OK');
});

it('one table for domains and recipients is edited once, with the lines of both', () => {
  const all = { relay_domains: 'texthash:/d', relay_recipient_maps: 'texthash:/d', transport_maps: 'texthash:/t' };
  const state = relay(
    all,
    texthash('relay_recipient_maps', '/d', ''),
    texthash('transport_maps', '/t', ''),
    texthash('relay_domains', '/d', ''),
  );
  const made = edits(state);
  expect(made.map(({ head }) => head.split(' ')[3])).toEqual(['/d', '/t']);
  expect(made[0]?.bytes.toString()).toMatch(/@new\.test\tOK\nnew\.test\tOK\n/);
});

it('a main.cf that another tool keeps is not edited, and one that is nobody’s is', () => {
  const list = (head: string) =>
    planRelay(
      SPEC,
      RELAY,
      relay(
        { transport_maps: 'texthash:/t', relay_domains: 'other.test' },
        section('head /etc/postfix/main.cf', head),
        texthash('transport_maps', '/t', ''),
      ),
      NOTHING,
    ).conflicts;
  expect(list('# Ansible managed\n')).toMatchObject([
    { code: 'postfix.managed', message: expect.stringContaining('main.cf'), fix: expect.stringContaining('new.test') },
  ]);
  expect(list('# See /usr/share/postfix/main.cf.dist\n')).toEqual([]);
});

it('a table that root is not to edit is a conflict with the lines to add', () => {
  const { conflicts } = planRelay(
    SPEC,
    RELAY,
    relay(
      { transport_maps: 'texthash:/t', relay_domains: 'other.test' },
      texthash('transport_maps', '/t', ''),
      section('unfit transport_maps texthash /t', 'others than root may write into /'),
    ),
    NOTHING,
  );
  expect(conflicts).toMatchObject([
    {
      code: 'postfix.unfit',
      message: expect.stringContaining('others than root'),
      fix: expect.stringContaining('new.test'),
    },
  ]);
});

it('a table in front of ours that says another way is what Postfix follows: no line of ours serves then', () => {
  const ours = '# mailwright begin: ours\nnew.test\tsmtp:[mail.test]\n# mailwright end\n';
  const plan = (maps: string) =>
    planRelay(
      SPEC,
      RELAY,
      relay(
        { transport_maps: maps, relay_domains: 'new.test' },
        texthash('transport_maps', '/t', ours),
        section('found transport_maps regexp:/all', 'new.test\tsmtp:[elsewhere.test]'),
      ),
      NOTHING,
    );
  const front = plan('proxy:regexp:/all, texthash:/t');
  expect(front.conflicts).toMatchObject([
    { code: 'postfix.transport', message: expect.stringMatching(/smtp:\[elsewhere\.test\] \(regexp:\/all\)/) },
  ]);
  expect(front.checks?.find((one) => one.id === 'relay.domain')?.status).toBe('failed');
  expect(plan('texthash:/t, regexp:/all').conflicts).toEqual([]);
});

it('what was changed by somebody is tried again, unless something could not be put back', () => {
  const ran = (restored: string) => ({
    code: 1,
    stderr: '',
    stdout: `@restored ${restored}\n${section('failed stale', '/t')}`,
  });
  expect([isStale(ran('yes')), isStale(ran('no'))]).toEqual([true, false]);
});
