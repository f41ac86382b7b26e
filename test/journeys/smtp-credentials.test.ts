import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import nodemailer from 'nodemailer';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
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
interface User {
  readonly name: string;
  readonly arn: string;
  readonly tags: readonly { Key: string; Value: string }[];
  readonly policies: Readonly<Record<string, object>>;
  readonly keys: readonly { id: string; active: boolean }[];
}

let stage: Stage;
let folder: string;
let certificate: string;
let MAKE: readonly string[];
/** Whatever the program printed, or keeps; no secret may be in it. */
const printed: string[] = [];
const secrets: string[] = [];

beforeAll(async () => {
  stage = await openStage();
  folder = dirname(stage.state);
  ({ certificate } = (await stage.control('GET /control/aws/smtp')) as { certificate: string });
  for (const region of [EAST, WEST])
    await stage.control('POST /control/aws/account', { region, productionAccess: true });
  await stage.zone('relayed.test');
  const profile = stage.profile(`ses: { regions: [${EAST}, ${WEST}], tenant: ours }\n`);
  MAKE = ['ses', 'smtp-credentials', 'relayed.test', '--profile', profile];
  const up = await stage.run(['up', 'relayed.test', '--profile', profile, '--yes', '--wait=60s']);
  expect(up.exit, up.stdout).toBe(0);
  for (const region of [EAST, WEST])
    await stage.control('POST /control/aws/identities', { region, name: 'other.test' });
});
afterAll(() => stage.close());
afterEach(async () => {
  await stage.control('DELETE /faults');
  await stage.control('DELETE /control/inbox');
  expect((await stage.ledger()).filter((row) => row.forbidden)).toEqual([]);
  const kept = readdirSync(stage.state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  const told = [...printed, ...kept, JSON.stringify(await stage.ledger())].join('\n');
  for (const secret of secrets) expect(told).not.toContain(secret);
});

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const ran = await stage.run(args, env);
  printed.push(ran.stderr);
  return ran;
}

const users = async () =>
  ((await stage.control('GET /control/aws/users')) as User[]).filter(({ name }) => name.startsWith('mailwright-smtp-'));
const calls = async (since: number) =>
  (await stage.ledger('iam', since)).filter((row) => row.effect).map((row) => row.operation);

/** The rows of the table that is shown once. */
function shown({ stdout }: Ran): Credential[] {
  return [...stdout.matchAll(/^(\S+) +(\S+):(\d+) +(AKIA\S+) +(\S+) *$/gm)].map(
    ([, region = '', host = '', port, username = '', password = '']) => {
      secrets.push(password);
      return { region, host, port: Number(port), username, password };
    },
  );
}

function send({ host, port, username, password }: Credential, from: string, headers = {}) {
  const transport = nodemailer.createTransport({
    host,
    port,
    requireTLS: true,
    tls: { ca: certificate },
    auth: { user: username, pass: password },
  });
  return transport.sendMail({ from, to: 'you@inbox.test', subject: 'by the relay', text: 'Hello', headers });
}

async function isTaken(credential: Credential): Promise<true | string> {
  return send(credential, 'me@relayed.test').then(
    () => true as const,
    (error: { response?: string; message: string }) => error.response ?? error.message,
  );
}

let first: Credential[];
let second: Credential[];

it('shows what it would make and makes nothing unasked', async () => {
  const since = await stage.mark();
  const { exit, stdout } = await run(MAKE);
  expect(exit).toBe(5);
  expect(stdout).toContain('IAM user mailwright-smtp-relayed.test, path /mailwright/');
  expect(stdout).toContain('"Action": "ses:SendRawEmail"');
  expect(stdout).toContain('"*@relayed.test"');
  expect(stdout).toContain('To approve: --yes');
  expect((await stage.ledger(undefined, since)).filter((row) => row.effect)).toEqual([]);
});

it('makes a user that may send as this domain alone, and shows a password for each region once', async () => {
  const made = await run([...MAKE, '--yes']);
  expect(made.exit, made.stderr).toBe(0);
  first = shown(made);
  expect(first.map(({ region }) => region)).toEqual([EAST, WEST]);
  expect(first[0]?.username).toBe(first[1]?.username);
  const [user] = await users();
  expect(user?.arn).toBe('arn:aws:iam::111122223333:user/mailwright/mailwright-smtp-relayed.test');
  expect(user?.tags.map(({ Key }) => Key).toSorted()).toEqual(['mailwright:home', 'managed-by']);
  expect(user?.policies['mailwright-smtp']).toMatchObject({
    Statement: [
      {
        Action: 'ses:SendRawEmail',
        Resource: [EAST, WEST].flatMap((region) =>
          ['configuration-set/ours', 'identity/relayed.test'].map(
            (resource) => `arn:aws:ses:${region}:111122223333:${resource}`,
          ),
        ),
        Condition: { StringLike: { 'ses:FromAddress': ['*@relayed.test'] } },
      },
    ],
  });
});

it('lets a relay send: the message arrives signed, with its configuration set and tenant', async () => {
  for (const credential of first)
    await send(credential, 'me@relayed.test', { 'X-SES-CONFIGURATION-SET': 'ours', 'X-SES-TENANT': 'ours' });
  const inbox = (await stage.control('GET /control/inbox')) as {
    from: string;
    raw: string;
    verdicts: { dkim: { result: string; domain: string }[]; dmarc: { result: string } };
  }[];
  expect(inbox).toHaveLength(2);
  for (const { verdicts, raw } of inbox) {
    expect(verdicts.dkim[0]).toMatchObject({ result: 'pass', domain: 'relayed.test' });
    expect(verdicts.dmarc.result).toBe('pass');
    expect(raw).not.toContain('X-SES-TENANT');
  }
});

it('lets it send as nobody else', async () => {
  const [east] = first;
  if (!east) throw new Error('nothing was made');
  await expect(send(east, 'me@other.test')).rejects.toMatchObject({
    responseCode: 554,
    response: expect.stringMatching(/^554 Access denied: .*identity\/other\.test'$/),
  });
  await expect(send({ ...east, password: first[1]?.password ?? '' }, 'me@relayed.test')).rejects.toMatchObject({
    responseCode: 535,
  });
});

it('has nothing to do the second time', async () => {
  const since = await stage.mark();
  const again = await run([...MAKE, '--yes']);
  expect(again.exit).toBe(0);
  expect(again.stdout).toContain('Nothing to do for IAM user mailwright-smtp-relayed.test');
  expect(again.stdout).toMatch(/key AKIA\w+, made less than a minute ago, last used less than a minute ago \(ses, /);
  expect(await calls(since)).toEqual([]);
  const json = await run([...MAKE, '--json']);
  printed.push(json.stdout);
  expect(JSON.parse(json.stdout)).toMatchObject({ status: 'done', exit: 0, steps: [], errors: [] });
});

it('rotates with overlap, into a file of mode 600 that it never writes over', async () => {
  const out = join(folder, 'sasl_passwd');
  const rotate = ['ses', 'smtp-credentials', 'relayed.test', '--rotate', '--yes'];
  const lost = await run([...rotate, '--json']);
  expect(JSON.parse(lost.stdout)).toMatchObject({ exit: 2, errors: [{ code: 'flag.out' }] });
  writeFileSync(out, 'mine');
  expect(await run([...rotate, '--out', out])).toMatchObject({ exit: 2, stderr: expect.stringContaining('is there') });
  expect(readFileSync(out, 'utf8')).toBe('mine');
  expect((await users())[0]?.keys).toHaveLength(1);

  const fresh = join(folder, 'sasl_passwd.new');
  const rotated = await run([...rotate, '--json', '--out', fresh]);
  expect(rotated.exit, rotated.stderr).toBe(0);
  expect(statSync(fresh).mode & 0o777).toBe(0o600);
  const lines = [...readFileSync(fresh, 'utf8').matchAll(/^# (\S+)\n\[(\S+)\]:(\d+) (\w+):(\S+)$/gm)];
  second = lines.map(([, region = '', host = '', port, username = '', password = '']) => ({
    region,
    host,
    port: Number(port),
    username,
    password,
  }));
  secrets.push(...second.map(({ password }) => password));
  printed.push(rotated.stdout);
  // The regions that the key in use serves are served by the next one, too, without being named again.
  expect(second.map(({ region }) => region)).toEqual([EAST, WEST]);
  for (const credential of [...first, ...second]) expect(await isTaken(credential)).toBe(true);
});

it('knows which of two keys to end, and does it in two steps', async () => {
  const retire = ['ses', 'smtp-credentials', 'relayed.test', '--yes'];
  const old = first[0]?.username ?? '';
  const third = await run([...retire, '--rotate']);
  expect(third).toMatchObject({ exit: 4, stderr: expect.stringContaining(`Retire ${old} first`) });
  const early = await run([...retire, '--retire']);
  expect(early).toMatchObject({ exit: 4, stderr: expect.stringContaining('a relay still has it') });
  expect((await run([...retire, `--retire=${old}`])).exit).toBe(0);
  for (const credential of first) expect(await isTaken(credential)).toBe('535 Authentication Credentials Invalid');
  for (const credential of second) expect(await isTaken(credential)).toBe(true);
  expect((await users())[0]?.keys.map(({ active }) => active)).toEqual([false, true]);
  expect((await run([...retire, '--retire'])).exit).toBe(0);
  expect((await users())[0]?.keys.map(({ id }) => id)).toEqual([second[0]?.username]);
});

it('leaves a user alone that it did not make', async () => {
  const aws = await import('@aws-sdk/client-iam');
  const iam = new aws.IAMClient({
    region: EAST,
    endpoint: stage.env.AWS_ENDPOINT_URL_IAM ?? '',
    credentials: {
      accessKeyId: stage.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: stage.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
  });
  await iam.send(new aws.CreateUserCommand({ UserName: 'mailwright-smtp-theirs' }));
  iam.destroy();
  const since = await stage.mark();
  const ran = await run([...MAKE, '--name', 'theirs', '--yes', '--adopt', '--overwrite']);
  expect(ran).toMatchObject({ exit: 4, stderr: expect.stringContaining('that Mailwright did not make') });
  expect(await calls(since)).toEqual([]);
});

it('names the key whose secret was lost with the answer, and makes no other unasked', async () => {
  const name = ['--name', 'unlucky', '--yes'];
  await stage.control('POST /faults', { kind: 'error-after', system: 'iam', operation: 'CreateUser', count: 1 });
  await stage.control('POST /faults', { kind: 'error-after', system: 'iam', operation: 'CreateAccessKey', count: 1 });
  const out = join(folder, 'never');
  const ran = await run([...MAKE, ...name, '--out', out]);
  const user = (await users()).find((one) => one.name === 'mailwright-smtp-unlucky');
  expect(user?.keys).toHaveLength(1);
  expect(ran.exit).toBe(1);
  expect(ran.stderr).toContain(`Remove it with --retire=${user?.keys[0]?.id}`);
  expect(existsSync(out)).toBe(false);
  expect((await run([...MAKE, ...name, `--retire=${user?.keys[0]?.id}`])).exit).toBe(0);
  const made = shown(await run([...MAKE, ...name]));
  expect(made).toHaveLength(2);
});

it('needs exactly the published policies', async () => {
  const read = (file: string) =>
    (
      JSON.parse(readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8')) as {
        Statement: { Sid: string }[];
      }
    ).Statement;
  const keyWith = async (...Statement: object[]) => {
    const key = (await stage.control('POST /control/aws/keys', { user: 'limited', policy: { Statement } })) as {
      accessKeyId: string;
      secretAccessKey: string;
    };
    secrets.push(key.secretAccessKey);
    return { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
  };
  const reads = read('iam-policy.json').filter(({ Sid }) => Sid.startsWith('Read'));
  const args = [...MAKE, '--name', 'limited', '--yes'];
  const without = await run(args, await keyWith(...reads));
  expect(without).toMatchObject({ exit: 2, stderr: expect.stringContaining('docs/iam-policy-smtp.json') });
  const env = await keyWith(...reads, ...read('iam-policy-smtp.json'));
  const made = await run(args, env);
  expect(made.exit, made.stderr).toBe(0);
  const [credential] = shown(made);
  expect(credential && (await isTaken(credential))).toBe(true);
  const rotated = await run([...args, '--rotate'], env);
  shown(rotated);
  expect(rotated.exit, rotated.stderr).toBe(0);
  const retired = await run([...args, `--retire=${credential?.username}`], env);
  expect(retired.exit, retired.stderr).toBe(0);
});

it('refuses what it could not do well', async () => {
  const base = ['ses', 'smtp-credentials'];
  const refused: [string[], string][] = [
    [[...base, 'a.test', 'b.test', '--yes'], 'One user for 2 domains needs a name'],
    [[...base, 'a.test', '--rotate', '--retire', '--yes'], 'not in one run'],
    [[...base, 'a.test', '--retire', '--yes'], 'There is no IAM user mailwright-smtp-a.test'],
    [[...base, 'a.test', '--name', 'no/name', '--yes'], 'can’t be part of an IAM user’s name'],
    [['ses', 'smtp', 'a.test'], '"smtp" is nothing to ask of SES'],
  ];
  for (const [args, says] of refused)
    expect(await run(args)).toMatchObject({ exit: 2, stderr: expect.stringContaining(says) });
  const mixed = await run([...base, 'a.test'], { AWS_ENDPOINT_URL_IAM: '' });
  expect(mixed).toMatchObject({ exit: 2, stderr: expect.stringContaining('AWS_ENDPOINT_URL_IAM is not set') });
});
