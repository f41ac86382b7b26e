import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import nodemailer from 'nodemailer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Ran, type Stage } from './stage.ts';

const EAST = 'us-east-1';
const WEST = 'us-west-2';

interface Credential {
  readonly region: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

let stage: Stage;
let folder: string;
/** Whatever the program printed. */
const printed: string[] = [];
const files: string[] = [];

beforeAll(async () => {
  stage = await openStage();
  folder = dirname(stage.state);
  for (const region of [EAST, WEST])
    await stage.control('POST /control/aws/account', { region, productionAccess: true });
});
afterAll(() => stage.close());
afterEach(async () => {
  await stage.control('DELETE /control/inbox');
  // The passwords are in their file, and nowhere else.
  const kept = readdirSync(stage.state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  const told = [...printed, ...kept, JSON.stringify(await stage.ledger())].join('\n');
  for (const { password } of files.flatMap(credentialsIn)) expect(told).not.toContain(password);
});

function credentialsIn(path: string): Credential[] {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Credential[]) : [];
}

async function run(...args: string[]): Promise<Ran> {
  const ran = await stage.run(args);
  printed.push(ran.stdout, ran.stderr);
  return ran;
}

const up = (domain: string, profile: string, ...more: string[]) =>
  run('up', domain, '--profile', profile, '--yes', '--wait=60s', '--json', ...more);

/** Makes the passwords, and gives their file. */
async function passwords(name: string, ...args: string[]): Promise<string> {
  const path = join(folder, name);
  files.push(path);
  const made = await run('ses', 'smtp-credentials', ...args, '--out', path, '--yes');
  expect(made.exit, made.stderr).toBe(0);
  return path;
}

/** What is known of the account is remembered for a quarter of an hour. */
const forget = () => rmSync(join(stage.state, 'facts.json'), { force: true });

const cow = async (path: string) => {
  const headers = { 'x-api-key': stage.env.MAILCOW_API_KEY ?? '' };
  return (await (await fetch(`${stage.env.MAILCOW_URL}/api/v1/get/${path}`, { headers })).json()) as never;
};
const relayhosts = async () =>
  Object.values(
    (await cow('relayhost/all')) as Record<
      string,
      { id: number; username: string; hostname: string; used_by_domains: string }
    >,
  );
const relayhostOf = async (domain: string) =>
  Number(((await cow(`domain/${domain}`)) as { relayhost: string }).relayhost);
const edit = async (route: string, body: object) => {
  const headers = { 'x-api-key': stage.env.MAILCOW_API_KEY ?? '', 'content-type': 'application/json' };
  await fetch(`${stage.env.MAILCOW_URL}/api/v1/${route}`, { method: 'POST', headers, body: JSON.stringify(body) });
};

describe('Mailcow', () => {
  const COW = 'mailHost: mail.sandbox.test\nmailcow: { mailboxes: [] }\nttl: 60\n';
  const PROFILE = (file: string, more = '') =>
    stage.profile(
      `outbound: ses\nses: { regions: [${EAST}, ${WEST}], tenant: ours, smtpCredentials: ${file} }\n${COW}${more}`,
    );
  let profile: string;
  let first: string;

  it('is a conflict without passwords, told once, with the command that makes them', async () => {
    profile = PROFILE('smtp.json');
    await stage.zone('one.test');
    const refused = await up('one.test', profile);
    expect(refused.exit).toBe(4);
    expect(refused.report.errors.map(({ message }) => message)).toEqual([
      `ses.smtpCredentials: ${join(folder, 'smtp.json')} does not exist.`,
    ]);
    first = await passwords('smtp.json', 'one.test', 'two.test', '--name', 'office', '--profile', profile);
    chmodSync(first, 0o644);
    expect((await up('one.test', profile)).report.errors[0]?.message).toContain('may be read by others (mode 644)');
    chmodSync(first, 0o600);
    const third = stage.profile(readFileSync(profile, 'utf8').replace(WEST, 'eu-west-1'));
    expect((await up('one.test', third)).report.errors[0]?.message).toMatch(
      /has no password for eu-west-1 \(it has us-east-1, us-west-2\)/,
    );
    expect(await relayhosts()).toEqual([]);
  });

  it('gets one relay host, and the domain is assigned to it when SES sends for the domain', async () => {
    const done = await up('one.test', profile);
    expect(done.report.errors).toEqual([]);
    expect(done.report.status).toBe('done');
    const [credential] = credentialsIn(first);
    expect(await relayhosts()).toMatchObject([
      { hostname: `[127.0.0.1]:${credential?.port}`, username: credential?.username, used_by_domains: 'one.test' },
    ]);
    expect(done.report.checks.find(({ id }) => id === 'mailcow.relayhost')).toMatchObject({ status: 'ok' });
    expect(await cow('tls-policy-map/all')).toMatchObject([
      { dest: `[127.0.0.1]:${credential?.port}`, policy: 'secure' },
    ]);
    const again = await up('one.test', profile);
    expect(again.report.operations).toEqual([]);
    expect(again.exit).toBe(0);
    expect((await run('check', 'one.test')).exit).toBe(0);
    const inspected = await run('inspect', 'one.test');
    expect(inspected.stdout).toContain(`leaves by [127.0.0.1]:${credential?.port} as ${credential?.username}`);
  });

  it('hands what its users send to SES, over TLS; mail of other domains leaves as before', async () => {
    const mailbox = (address: string) =>
      stage.control('POST /control/mailcow/mailboxes', { address, password: 'secret1' });
    await mailbox('ann@one.test');
    await stage.control('POST /control/mailcow/domains', { domain: 'other.test', key_size: 0 });
    await mailbox('ann@other.test');
    const [host = '', port] = (stage.env.MAILWRIGHT_SUBMISSION ?? '').split(':');
    const since = await stage.mark();
    for (const user of ['ann@one.test', 'ann@other.test']) {
      const door = nodemailer.createTransport({ host, port: Number(port), auth: { user, pass: 'secret1' } });
      await door.sendMail({ from: user, to: 'you@inbox.test', subject: user, text: 'Hello' });
      door.close();
    }
    const inbox = (await stage.control('GET /control/inbox')) as { subject: string }[];
    expect(inbox.map(({ subject }) => subject).toSorted()).toEqual(['ann@one.test', 'ann@other.test']);
    const sent = (await stage.ledger('ses', since)).filter((row) => row.operation === 'SMTP');
    expect(sent.map(({ region, status, request }) => [region, status, request])).toMatchObject([[EAST, 250, {}]]);
    expect(JSON.stringify(sent)).not.toContain('other.test');
  });

  it('keeps mail as it is as long as SES would refuse it', async () => {
    await stage.zone('two.test');
    await stage.control('POST /control/aws/account', { region: EAST, productionAccess: false });
    forget();
    const waits = await run('up', 'two.test', '--profile', profile, '--yes', '--json');
    const wait = await run('up', 'two.test', '--profile', profile, '--yes', '--wait=5s', '--json');
    await stage.control('POST /control/aws/account', { region: EAST, productionAccess: true });
    expect(waits.exit).toBe(3);
    expect(wait.exit).toBe(3);
    expect(await relayhostOf('two.test')).toBe(0);
    const held = wait.report.operations.find(({ id }) => id.endsWith('/two.test/outbound'));
    expect(held).toMatchObject({
      outcome: 'held',
      waitsFor: expect.stringMatching(/SES to send mail of two\.test in us-east-1 \(sandbox/),
    });
    expect(wait.report.checks.find(({ id }) => id === 'mailcow.relayhost')).toMatchObject({
      status: 'pending',
      next: expect.stringContaining('mail leaves as before'),
    });
  });

  it('serves a second domain by the same relay host', async () => {
    forget();
    const done = await up('two.test', profile);
    expect(done.report.status).toBe('done');
    expect(await relayhosts()).toMatchObject([{ used_by_domains: 'one.test, two.test' }]);
  });

  it('moves domains to the next relay host when passwords are renewed, and removes the old one when nobody uses it', async () => {
    const next = await passwords(
      'next.json',
      'one.test',
      'two.test',
      '--name',
      'office',
      '--profile',
      profile,
      '--rotate',
    );
    const rotated = PROFILE('next.json');
    const one = await up('one.test', rotated);
    expect(one.report.status).toBe('done');
    expect(await relayhosts()).toMatchObject([
      { username: credentialsIn(first)[0]?.username, used_by_domains: 'two.test' },
      { username: credentialsIn(next)[0]?.username, used_by_domains: 'one.test' },
    ]);
    expect((await up('two.test', rotated)).report.status).toBe('done');
    const last = await up('one.test', rotated);
    expect(last.report.operations.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^relay host .* which was replaced$/),
    ]);
    expect(await relayhosts()).toMatchObject([{ used_by_domains: 'one.test, two.test' }]);
    expect((await up('one.test', rotated)).report.operations).toEqual([]);
    profile = rotated;
  });

  it('that has somebody’s own relay host for the domain is left alone', async () => {
    await edit('add/relayhost', { hostname: '[smtp.else.test]:587', username: 'them', password: 'theirs' });
    const theirs = (await relayhosts()).find(({ username }) => username === 'them');
    await stage.zone('theirs.test');
    await stage.control('POST /control/mailcow/domains', { domain: 'theirs.test', key_size: 0 });
    await edit('edit/domain', { items: ['theirs.test'], attr: { relayhost: theirs?.id } });
    const refused = await up('theirs.test', profile);
    expect(refused.exit).toBe(4);
    expect(refused.report.errors[0]?.message).toBe(
      'Mailcow mail.sandbox.test: mail of theirs.test leaves by [smtp.else.test]:587 as them there, which is not of our making.',
    );
    expect(await relayhostOf('theirs.test')).toBe(theirs?.id);
  });

  it('gets back what was before: by undo, by --prune, and by down; the relay host stays while another domain uses it', async () => {
    await stage.zone('three.test');
    const keep = stage.profile(readFileSync(profile, 'utf8').replace('outbound: ses', 'outbound: keep'));
    await up('three.test', keep);
    const sends = await up('three.test', profile);
    expect(sends.report.status).toBe('done');
    const undo = await run('undo', sends.report.run, '--yes', '--json');
    expect(undo.report.status).toBe('done');
    expect(await relayhostOf('three.test')).toBe(0);
    await up('three.test', profile);
    const stale = await up('three.test', keep);
    expect(stale.report.checks.find(({ id }) => id === 'ownership.stale')?.seen[0]?.value).toContain(
      'three.test outbound',
    );
    await up('three.test', keep, '--prune');
    expect(await relayhostOf('three.test')).toBe(0);

    const down = await run('down', 'one.test', '--yes', '--json', '--now', '--delete-mailboxes');
    expect(await relayhostOf('one.test')).toBe(0);
    expect(down.report.left.map(({ what, why }) => `${what}: ${why}`).join()).toMatch(
      /\/relayhost \[127.*: two\.test leaves by it/,
    );
    await run('down', 'two.test', '--yes', '--json', '--now');
    await run('down', 'one.test', '--yes', '--json', '--now');
    expect((await relayhosts()).map(({ username }) => username)).toEqual(['them']);
    expect(await cow('tls-policy-map/all')).toEqual({});
  });
});

it('two domains in one run share a relay host, move together to the next one, and the old one goes', async () => {
  const fleet = (file: string) =>
    stage.profile(
      `outbound: ses\nses: { regions: [${EAST}], tenant: ours, smtpCredentials: ${file} }\nmailHost: mail.sandbox.test\nmailcow: { mailboxes: [] }\nttl: 60\n`,
    );
  const both = ['four.test', 'five.test'];
  for (const domain of both) await stage.zone(domain);
  const make = [...both, '--name', 'fleet', '--profile', fleet('fleet.json')];
  await passwords('fleet.json', ...make);
  const all = (file: string) => run('up', ...both, '--profile', fleet(file), '--yes', '--wait=60s', '--json');
  expect((await all('fleet.json')).exit).toBe(0);
  const ours = async () => (await relayhosts()).filter(({ used_by_domains: by }) => by.includes('f'));
  expect(await ours()).toMatchObject([{ used_by_domains: 'four.test, five.test' }]);
  const [before] = await ours();
  const next = await passwords('fleet-next.json', ...make, '--rotate');
  expect((await all('fleet-next.json')).exit).toBe(0);
  expect(await ours()).toMatchObject([
    { username: credentialsIn(next)[0]?.username, used_by_domains: 'four.test, five.test' },
  ]);
  expect((await relayhosts()).map(({ id }) => id)).not.toContain(before?.id);
  expect((await all('fleet-next.json')).stdout).not.toContain('"outcome": "done"');
});

describe('a relay', () => {
  const HOST = 'out.sandbox.test';
  interface Access {
    host: string;
    address: string;
    sshPort: number;
    user: string;
    keyFile: string;
    hostKey: string;
  }
  let access: Access;
  const profile = (outbound = 'ses') =>
    stage.profile(`outbound: ${outbound}
ses: { regions: [${EAST}, ${WEST}], tenant: ours, smtpCredentials: relay.json }
mailHost: mail.sandbox.test
ttl: 60
relays:
  - { host: ${HOST}, recipients: any, ssh: { address: ${access.address}, port: ${access.sshPort}, user: ${access.user}, keyFile: ${access.keyFile}, hostKey: "${access.hostKey}", privilege: helper } }
`);
  const shown = async () =>
    ((await stage.control('GET /control/relays')) as { host: string; main: Record<string, string> }[]).find(
      (one) => one.host === HOST,
    )?.main ?? {};
  const SENDERS = 'sender_dependent_default_transport_maps';

  it('hands the domain’s mail to SES; a lost answer is found by looking, and the second run is empty', async () => {
    access = (await stage.control('POST /control/relays', { host: HOST })) as Access;
    await stage.zone('relayed.test');
    await passwords('relay.json', 'relayed.test', '--name', 'relay', '--profile', profile());
    // Receiving first: what is lost below is the edit about outbound mail.
    expect((await up('relayed.test', profile('keep'))).report.status).toBe('done');
    await stage.control('POST /faults', { kind: 'error-after', system: 'relay', operation: 'put', count: 1 });
    const done = await up('relayed.test', profile());
    expect(done.report.status).toBe('done');
    expect((await shown())[SENDERS]).toBe('texthash:/etc/postfix/mailwright-senders');
    expect((await up('relayed.test', profile())).report.operations).toEqual([]);
  });

  it('whose senders are kept elsewhere is told what to add, and left alone', async () => {
    const theirs = (await stage.control('POST /control/relays', {
      host: 'theirs.sandbox.test',
      main: { [SENDERS]: 'mysql:/etc/postfix/senders.cf' },
    })) as Access;
    const path = stage.profile(
      readFileSync(profile(), 'utf8')
        .replace(HOST, theirs.host)
        .replace(access.address, theirs.address)
        .replace(String(access.sshPort), String(theirs.sshPort))
        .replace(access.keyFile, theirs.keyFile)
        .replace(access.hostKey, theirs.hostKey),
    );
    const refused = await up('relayed.test', path);
    expect(refused.exit).toBe(4);
    expect(refused.report.errors.map(({ message }) => message).join()).toContain(
      `theirs.sandbox.test: ${SENDERS} is kept in mysql:/etc/postfix/senders.cf, which is no file that can be edited.`,
    );
  });

  it('gets back what was before, by --prune and by down', async () => {
    const stale = await up('relayed.test', profile('keep'));
    expect(stale.report.checks.find(({ id }) => id === 'ownership.stale')?.name).toBe(`postfix ${HOST}`);
    await up('relayed.test', profile('keep'), '--prune');
    expect(await shown()).not.toHaveProperty(SENDERS);
    await up('relayed.test', profile());
    expect(await shown()).toHaveProperty(SENDERS);
    const down = await run('down', 'relayed.test', '--yes', '--now', '--json');
    expect(down.report.operations.map(({ id }) => id)).toContain(`postfix ${HOST}/relayed.test/outbound`);
    expect(await shown()).not.toHaveProperty(SENDERS);
  });
});

describe('directly', () => {
  const HOST = 'mail.direct.test';
  const profile = () => stage.profile(`outbound: direct\nmailHost: ${HOST}\nttl: 60\n`);
  const spfOf = async (domain: string) =>
    (await stage.zoneRecords(domain))
      .filter((one) => one.name === domain && one.content.includes('v=spf1'))
      .map((one) => one.content);
  const publish = (zone: string, name: string, type: string, values: string[]) =>
    stage.control('POST /control/dns/records', { zone, name, type, values });

  it('the host goes into the root SPF beside what is there, its reverse name is checked, and undo takes the term out', async () => {
    const theirs = '"v=spf1 include:_spf.google.com -all"';
    await stage.zone('sends.test', [{ name: '@', type: 'TXT', content: theirs, ttl: 300 }]);
    await publish('_spf.google.com', '_spf.google.com', 'TXT', ['v=spf1 ip4:192.0.2.0/24 -all']);
    await publish('direct.test', HOST, 'A', ['203.0.113.77']);
    const bare = await up('sends.test', profile());
    expect(await spfOf('sends.test')).toEqual(['"v=spf1 include:_spf.google.com a:mail.direct.test -all"']);
    expect(bare.exit).toBe(1);
    expect(bare.report.checks.find(({ id }) => id.startsWith('ptr.'))).toMatchObject({
      status: 'failed',
      name: '203.0.113.77',
      fix: `Ask whoever gives the address 203.0.113.77 to set its reverse name (PTR) to ${HOST}.`,
    });
    await publish('113.0.203.in-addr.arpa', '77.113.0.203.in-addr.arpa', 'PTR', [HOST]);
    await stage.control('POST /control/dns/forget', {});
    const named = await up('sends.test', profile());
    expect(named.report.operations).toEqual([]);
    expect(named.report.checks.find(({ id }) => id.startsWith('ptr.'))).toMatchObject({ status: 'ok' });
    expect(named.exit).toBe(0);
    await run('undo', bare.report.run, '--yes', '--json');
    expect(await spfOf('sends.test')).toEqual([theirs]);
  });

  it('makes the record where there is none', async () => {
    await stage.zone('fresh.test');
    expect((await up('fresh.test', profile())).report.status).toBe('done');
    expect(await spfOf('fresh.test')).toEqual(['"v=spf1 a:mail.direct.test ~all"']);
  });
});
