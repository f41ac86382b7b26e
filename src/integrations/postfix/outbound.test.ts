import { describe, expect, it } from 'vitest';
import { type DomainSpec, NO_CONSENTS, type RelaySpec } from '../../core/domain-spec.ts';
import type { Json } from '../../core/problem.ts';
import type { Made, Owned } from '../../core/resource.ts';
import type { SmtpCredential } from '../../core/smtp-credentials.ts';
import { computeEdits, type Wish } from './edits.ts';
import { type OutboundData, outboundId, planOutbound } from './outbound.ts';
import { parseShow, type RelayState, SENDERS } from './relay-state.ts';
import { revertOutbound } from './revert-outbound.ts';
import { passwordTable, sumOf, wantedTransport } from './transport.ts';

const HOST = 'mx.example.org';
const RELAY: RelaySpec = { host: HOST, managed: true, ssh: { privilege: 'auto' }, recipients: 'any' };
const ALL: readonly SmtpCredential[] = ['us-east-1', 'us-west-2'].map((region) => ({
  region,
  host: `email-smtp.${region}.amazonaws.com`,
  port: 587,
  username: 'AKIAONE',
  password: `secret-${region}`,
}));
const spec = (tenant: string | null = 'ours', domain = 'example.com'): DomainSpec => ({
  domain,
  dmarc: { policy: 'none', rua: [], ruf: [], reports: 'keep' },
  spf: { root: 'keep', include: [] },
  ses: {
    regions: ALL.map(({ region }) => region),
    ...(tenant === null ? {} : { tenant }),
    tenantFromProfile: true,
    dkim: 'replicated',
    mailFrom: 'per-region',
  },
  relays: [RELAY],
  outbound: { by: 'ses', credentials: '/smtp.json' },
  dns: { provider: 'auto' },
  ttl: 3600,
  consents: NO_CONSENTS,
});
const WANTED = wantedTransport(spec(), HOST, ALL);
const { name } = WANTED.data;
const LINE = `${name}:[email-smtp.us-east-1.amazonaws.com]:587, [email-smtp.us-west-2.amazonaws.com]:587`;
const HEADERS =
  '/^X-SES-/ IGNORE\n/^From:/ PREPEND X-SES-TENANT: ours\n/^Date:/ PREPEND X-SES-CONFIGURATION-SET: ours\n';
const OWN = '/etc/postfix/mailwright-senders';
const marked = (...lines: string[]) =>
  lines.length === 0
    ? ''
    : ['# mailwright begin: lines between these marks are kept by mailwright', ...lines, '# mailwright end', ''].join(
        '\n',
      );

const packed = (text: string) => `${Buffer.from(text).toString('base64')}\n`;
/** What a relay shows: the parameter of senders, its table, and a transport. */
function state(
  more: {
    param?: string;
    senders?: string;
    transport?: string;
    version?: string;
    protocol?: number;
    certificates?: string;
  } = {},
): RelayState {
  const { param = '', senders, transport, version = '3.7.11', protocol = 2, certificates = 'yes' } = more;
  const [, type = '', path = ''] = /^(\w+):(.*)$/.exec(param) ?? [];
  const values = `mail_version = ${version}\nconfig_directory = /etc/postfix\n${SENDERS} = ${param}\n`;
  const text = [
    `@mailwright-relay ${protocol}\n@postconf\n${packed(values)}@raw\n${packed(`${SENDERS} = ${param}\n`)}@services\n${packed('')}@status running\n`,
    senders === undefined ? '' : `@source ${SENDERS} ${type} ${path} ${sumOf(senders)}\n${packed(senders)}`,
    `@certificates ${certificates}\n${transport ?? ''}@end\n`,
  ];
  return { ...parseShow(HOST, text.join('')), outbound: WANTED };
}
const whole = `@ses ${name} whole ${sumOf(passwordTable(ALL))}\n${packed(HEADERS)}`;
const owned = (entries: Record<string, unknown> = {}): Owned => ({
  get: (id) => entries[id] as Json | undefined,
  entries: () => Object.entries(entries) as [string, Json][],
});
/** The lines that a plan writes. */
const linesOf = (from: RelayState) => {
  const [change] = plan(from).changes ?? [];
  return (change?.after as unknown as OutboundData | undefined)?.lines[SENDERS];
};
const plan = (from: RelayState, ledger = owned()) => planOutbound(spec(), RELAY, from, ledger);

describe('a transport', () => {
  it('is known by its name: another user, tenant or host makes another one, another order of regions does not', () => {
    const names = [
      WANTED,
      wantedTransport(spec('theirs'), HOST, ALL),
      wantedTransport(
        spec(),
        HOST,
        ALL.map((one) => ({ ...one, username: 'AKIATWO' })),
      ),
      wantedTransport(
        spec(),
        HOST,
        ALL.map((one) => ({ ...one, port: 2587 })),
      ),
    ].map(({ data }) => data.name);
    expect(new Set(names).size).toBe(4);
    for (const one of names) expect(one).toMatch(/^ses-(ours|theirs)-[0-9a-f]{6}$/);
    const other = { ...RELAY, host: 'mx2.example.org' };
    const second = wantedTransport({ ...spec(), relays: [RELAY, other] }, other.host, ALL);
    expect([second.data.name, second.data.regions[0], second.passwordsSum]).toEqual([
      name,
      'us-west-2',
      WANTED.passwordsSum,
    ]);
    expect(wantedTransport(spec(null), HOST, ALL).data).toMatchObject({
      name: expect.stringMatching(/^ses-mail-/),
    });
  });
});

describe('the plan', () => {
  it('is a line and a transport, without a password in it', () => {
    const { changes = [], checks = [] } = plan(state());
    expect(changes).toMatchObject([
      { id: outboundId(HOST, 'example.com'), verb: 'create', sendsBy: ['us-east-1', 'us-west-2'] },
    ]);
    expect(linesOf(state())).toEqual({ '@example.com': LINE });
    expect(checks).toMatchObject([{ id: 'relay.outbound', status: 'failed' }]);
    expect(JSON.stringify([changes, state()])).not.toContain('secret-');
  });

  it('is empty where all of it stands, also as somebody’s own line', () => {
    const there = { param: `texthash:${OWN}`, transport: whole };
    for (const senders of [marked(`@example.com\t${LINE}`), `@example.com ${LINE}\n`]) {
      const { changes, checks } = plan(state({ ...there, senders }));
      expect(changes).toBeUndefined();
      expect(checks).toMatchObject([{ status: 'ok' }]);
    }
  });

  it.each([
    ['TLS', whole.replace(' whole ', ' changed ')],
    ['passwords', whole.replace(sumOf(passwordTable(ALL)), sumOf('other'))],
    ['headers', whole.replace(packed(HEADERS), packed('/^X-SES-/ IGNORE\n'))],
    ['all of it', ''],
  ])('puts right what somebody changed in the transport: %s', (_what, transport) => {
    const senders = marked(`@example.com\t${LINE}`);
    expect(plan(state({ param: `texthash:${OWN}`, senders, transport })).changes).toHaveLength(1);
  });

  it('names one region alone to a Postfix that knows no lists', () => {
    const lines = (version: string) => linesOf(state({ version }));
    expect(lines('3.4.28')).toEqual({ '@example.com': LINE.split(', ')[0] });
    expect(lines('3.10.2')).toEqual({ '@example.com': LINE });
  });

  it.each([
    ['an older helper', state({ protocol: 1 }), 'postfix.helper-old'],
    ['no certificates', state({ certificates: 'no' }), 'postfix.certificates'],
    [
      'a line of somebody',
      state({ param: 'hash:/etc/postfix/senders', senders: '@example.com smtp:[x]\n' }),
      'postfix.sender',
    ],
    [
      'a table of another tool',
      state({ param: 'hash:/etc/postfix/senders', senders: '# managed by Ansible\n' }),
      'postfix.managed',
    ],
    ['no file', state({ param: 'mysql:/etc/postfix/senders.cf' }), 'postfix.no-table'],
  ])('is a conflict: %s', (_what, from, code) => {
    const { conflicts, changes } = plan(from);
    expect([conflicts?.map((one) => one.code), changes]).toEqual([[code], undefined]);
  });
});

describe('the edits', () => {
  const data = plan(state()).changes?.[0]?.after as unknown as OutboundData;
  const wish = (more: Partial<Wish> = {}): Wish => ({
    id: outboundId(HOST, 'example.com'),
    before: { lines: {} },
    after: { lines: data.lines, ...(data.transport ? { transport: data.transport } : {}) },
    ...more,
  });
  const edits = (wishes: readonly Wish[], from: RelayState, taking = false) =>
    computeEdits(HOST, wishes, from, { taking, passwords: new Map([[name, passwordTable(ALL)]]) })
      .input.split('\n')
      .filter((line) => line.startsWith('@'));
  const away = wish({ before: wish().after, after: { lines: {} } });

  it('make the transport before the line that names it, and take them away the other way round', () => {
    expect(edits([wish()], state())).toEqual([`@ses ${name} ours ours`, '@senders none', '@end']);
    const senders = marked(`@example.com\t${LINE}`);
    const there = state({ param: `texthash:${OWN}`, senders, transport: whole });
    expect(edits([wish()], there)).toEqual([]);
    expect(edits([away], there, true)).toEqual([`@senders ${sumOf(senders)}`, `@ses ${name} - -`, '@end']);
  });

  it('leave a transport that another domain’s line names', () => {
    const senders = marked(`@example.com\t${LINE}`, `@other.com\t${LINE}`);
    const there = state({ param: `texthash:${OWN}`, senders, transport: whole });
    expect(edits([away], there, true)).toEqual([`@senders ${sumOf(senders)}`, '@end']);
  });

  it('go into a table that main.cf names already', () => {
    const senders = '@else.com smtp:[x]\n';
    const there = state({ param: 'texthash:/etc/postfix/senders', senders });
    expect(edits([wish()], there)).toEqual([
      `@ses ${name} ours ours`,
      `@edit ${SENDERS} texthash /etc/postfix/senders ${sumOf(senders)}`,
      '@end',
    ]);
  });
});

describe('the way back', () => {
  const after = plan(state()).changes?.[0]?.after;
  const made = (more: Partial<Made> = {}): Made => ({
    id: outboundId(HOST, 'example.com'),
    system: `postfix ${HOST}`,
    verb: 'create',
    what: 'it',
    undo: 'inverse',
    ...(after === undefined ? {} : { after }),
    ...more,
  });
  const back = (one: Made, from: RelayState) => {
    const { changes, left } = revertOutbound(HOST, [one], from);
    return [...changes.map(({ verb }) => verb), ...left.map(({ why }) => why)];
  };
  const table = (line: string, transport = whole) => state({ param: `texthash:${OWN}`, senders: line, transport });

  it('takes away what stands as it was written, and a transport that was left without a line', () => {
    expect(back(made(), table(marked(`@example.com\t${LINE}`)))).toEqual(['delete']);
    expect(back(made(), table(marked('@other.com\tx:')))).toEqual(['delete']);
    expect(back(made(), table(marked(`@other.com\t${LINE}`)))).toEqual([]);
    expect(back(made(), state())).toEqual([]);
  });

  it('leaves what somebody changed since', () => {
    expect(back(made(), table(marked('@example.com\tsmtp:[x]')))).toEqual(['somebody changed it since']);
    expect(back(made(), table(`@example.com ${LINE}\n`))).toEqual(['the line is not between our marks']);
  });

  it('brings back what a run took away', () => {
    const { after: _none, ...rest } = made({ verb: 'delete', ...(after === undefined ? {} : { before: after }) });
    expect(back(rest, state())).toEqual(['create']);
  });
});
